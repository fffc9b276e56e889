"""A script as python-sc2's users write them: it knows nothing of us, only SC2PATH is set."""

import sys

from sc2 import maps
from sc2.bot_ai import BotAI
from sc2.data import Difficulty, Race
from sc2.main import run_game
from sc2.player import Bot, Computer


class WorkerRushBot(BotAI):
    async def on_step(self, iteration):
        if iteration == 0:
            for worker in self.workers:
                worker.attack(self.enemy_start_locations[0])
            await self.client.chat_send("(glhf)", False)


class WaitingBot(BotAI):
    async def on_step(self, iteration):
        if self.realtime and self.time > 1:
            await self.client.leave()


players = {
    "computer": [Bot(Race.Protoss, WorkerRushBot()), Computer(Race.Zerg, Difficulty.Easy)],
    "bots": [Bot(Race.Protoss, WorkerRushBot()), Bot(Race.Zerg, WaitingBot())],
    "realtime": [Bot(Race.Protoss, WaitingBot()), Computer(Race.Zerg, Difficulty.Easy)],
}
kind, replay = sys.argv[1:]
result = run_game(maps.get("Small"), players[kind], realtime=kind == "realtime", save_replay_as=replay)
print("RESULT", result)
