"""What the configuration tests ask: config_probe (the configuration without the server), our server, Redis's server."""

import json
import os
import shutil
import subprocess

import pytest
import redis

TOP = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
DEADLINE_S = 30


def found(program):
    """The path of a program; one that is missing is a failure, never a reason to skip."""
    path = shutil.which(program)
    if not path:
        pytest.fail(f"there is no program {program}; build it or name another one", pytrace=False)
    return path


def quoted(word):
    """A word as a configuration file takes it, in double quotes."""
    out = ""
    for byte in word.encode():
        out += chr(byte) if 0x20 <= byte < 0x7f and chr(byte) not in "\"\\" else f"\\x{byte:02x}"
    return f'"{out}"'


class Refused(Exception):
    """A start that was refused: the exit status and what was printed."""

    def __init__(self, status, text):
        super().__init__(text)
        self.status = status
        self.text = text


class Ours:
    """One configuration of ours. Raises Refused when it is not accepted."""

    def __init__(self, binary, directory, arguments, stdin=""):
        # Standard input carries the questions, unless the configuration is to be read from it.
        self.process = subprocess.Popen([binary, *arguments], cwd=directory, stdin=subprocess.PIPE,
                                        stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
        if stdin:
            self.process.stdin.write(stdin)
            self.process.stdin.close()
        elif self.ask("NOTES") is None:
            raise Refused(self.process.wait(DEADLINE_S), self.process.stderr.read())

    def ask(self, *words):
        try:
            self.process.stdin.write(" ".join(quoted(word) for word in words) + "\n")
            self.process.stdin.flush()
        except BrokenPipeError:
            return None
        line = self.process.stdout.readline()
        return json.loads(line) if line else None

    def get(self, *patterns):
        return self.ask("GET", *patterns)

    def set(self, *words):
        return self.ask("SET", *words)

    def rewrite(self):
        return self.ask("REWRITE")

    def close(self):
        self.process.stdin.close()
        self.process.stdout.close()
        self.process.stderr.close()
        self.process.wait(DEADLINE_S)


class Running:
    """One server, ours or Redis's, that listens on a unix socket only. Raises Refused when it does not start."""

    def __init__(self, binary, directory, arguments, password=None):
        socket_path = os.path.join(directory, "peer.sock")
        self.process = subprocess.Popen(
            ["setpriv", "--pdeathsig", "KILL", binary, *arguments, "--port", "0", "--unixsocket", socket_path],
            cwd=directory, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
        text = ""
        for line in self.process.stdout:
            text += line
            if "ready to accept connections" in line.lower():
                break
        else:
            raise Refused(self.process.wait(DEADLINE_S), text)
        self.client = redis.Redis(unix_socket_path=socket_path, password=password or None, decode_responses=True,
                                  single_connection_client=True)
        self.client.response_callbacks.clear()

    def ask(self, *words):
        try:
            return self.client.execute_command(*words)
        except redis.ResponseError as error:
            return f"ERR {error}"

    def get(self, *patterns):
        flat = self.ask("CONFIG", "GET", *patterns)
        return dict(zip(flat[0::2], flat[1::2]))

    def set(self, *words):
        return self.ask("CONFIG", "SET", *words)

    def rewrite(self):
        return self.ask("CONFIG", "REWRITE")

    def close(self):
        self.client.close()
        self.process.kill()
        self.process.wait(DEADLINE_S)
        self.process.stdout.close()


@pytest.fixture(scope="session")
def peer_binary(request, tmp_path_factory):
    """Redis's server. Debian's redis-tools has it under another name; it listens to the name it is called by."""
    name = request.config.getoption("--peer-server")
    if name == "redis-server" and not shutil.which(name):
        link = tmp_path_factory.mktemp("peer") / name
        link.symlink_to(found("redis-check-rdb"))
        return str(link)
    return found(name)


@pytest.fixture
def start(bin_dir, peer_binary, tmp_path):
    """start("ours", "server" or "peer", arguments, file=text) -> Ours or Running, in a directory of its own; closed
    afterwards.

    With `file`, the text becomes test.conf, which is the first argument. `password`: what the peer asks for.
    """
    started = []

    def start_one(side, arguments=(), file=None, stdin="", password=None):
        directory = tmp_path / f"{side}{len(list(tmp_path.iterdir()))}"
        directory.mkdir()
        arguments = list(arguments)
        if file is not None:
            (directory / "test.conf").write_text(file)
            arguments.insert(0, "test.conf")
        if side == "ours":
            one = Ours(found(os.path.join(bin_dir, "config_probe")), directory, arguments, stdin)
        else:
            binary = peer_binary if side == "peer" else found(os.path.join(bin_dir, "dunlin-server"))
            one = Running(binary, directory, arguments, password)
        one.directory = directory
        started.append(one)
        return one

    yield start_one
    for one in started:
        one.close()


@pytest.fixture(params=["ours", "server"])
def our_side(request):
    """The configuration alone, and the whole server."""
    return request.param
