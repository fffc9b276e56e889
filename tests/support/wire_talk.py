"""A client in the same process as the host that serves it: what is said, what came back, no sockets."""

from __future__ import annotations

from bridge.scenarios import load_scenario
from bridge.torchcraft.codec import decode_server, encode
from bridge.torchcraft.constants import ENUMS
from bridge.torchcraft.host import Host, HostConfig
from bridge.torchcraft.map_folder import MapFolder
from bridge.torchcraft.messages import Command, CommandsMessage, HandshakeClient
from bridge.torchcraft.state import State

CODES = ENUMS["commands"]
MARINES = "m5v5_c_far"


def make_host(scenario=MARINES, players=(None, "noop"), **options):
    value = load_scenario(scenario) if isinstance(scenario, str) else scenario
    return Host(HostConfig(scenario=value, players=players, **options), MapFolder())


def command(name, *args, text=""):
    return Command(code=CODES[name], args=args, str=text)


class Talk:
    """One client; `state` is TorchCraft's own view of what it was told."""

    def __init__(self, host=None, seat=0, *, protocol=30, micro=False, uid="abc"):
        self.host = make_host() if host is None else host
        self.seat = seat
        self.protocol = protocol
        self.micro = micro
        self.uid = uid
        self.state = State(microBattles=micro, protocol=protocol)
        self.reply = None
        self.inbox = []

    def put(self, data):
        """Send bytes; frames are played until there is an answer."""
        self.host.receive(self.seat, data)
        self.run()

    def run(self, most=10_000):
        """Play the frames that can be played until there is an answer."""
        self.inbox += self.host.take_replies()
        for _ in range(most):
            if self.inbox or not self.host.wants_frame():
                return
            self.host.play_frame()
            self.inbox += self.host.take_replies()

    def take(self):
        """Return what this client was answered since the last time, None if nothing was."""
        replies, self.inbox = self.inbox + self.host.take_replies(), []
        found = None
        for seat, data in replies:
            assert seat == self.seat, "another client's answer"
            assert found is None, "two answers to one request"
            found = decode_server(data)
        if found is not None:
            self.reply = found
            self.state.update(found)
        return found

    def say(self, message, uid=None):
        self.put(encode(message, self.uid if uid is None else uid))
        return self.take()

    def shake(self, **fields):
        return self.say(HandshakeClient(protocol=self.protocol, micro_mode=self.micro, **fields))

    def send(self, *commands):
        return self.say(CommandsMessage(commands=commands))

    def statuses(self, *commands):
        return self.send(*commands).commands_status.tolist()

    def join(self, *commands):
        """Shake hands and set up; return the first state."""
        self.shake()
        return self.send(*commands)

    def units(self, player=0):
        return self.state.units.get(player, [])
