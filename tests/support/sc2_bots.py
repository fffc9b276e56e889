"""python-sc2 bots for the second place of a game."""

from sc2.bot_ai import BotAI


class WorkerRush(BotAI):
    async def on_step(self, iteration):
        if iteration == 0:
            for worker in self.workers:
                worker.attack(self.enemy_start_locations[0])


class RaisesAtOnce(BotAI):
    async def on_start(self):
        raise ValueError("boom")

    async def on_step(self, iteration):
        raise AssertionError("it has not started")


class RaisesLater(BotAI):
    async def on_step(self, iteration):
        if iteration == 3:
            raise ValueError("boom")
