#!/usr/bin/env python3
"""The command line from outside: what every command says of itself, exit codes, completion, and who owns the data."""
import os
import pathlib
import resource
import shutil
import subprocess
import tempfile
import unittest

from tocsin_process import SOURCE, Tocsin, program

GOLDEN = SOURCE / "tests/golden/help"


def run(*words, **options):
    return subprocess.run([program(), *words], capture_output=True, text=True, timeout=60, **options)


def commands():
    """The names in `tocsin --help`."""
    lines = run("--help").stdout.split("Commands:\n")[1].split("\n\n")[0].splitlines()
    return [line[2:26].strip() for line in lines]


class Help(unittest.TestCase):
    maxDiff = None

    def test_is_what_the_golden_files_say(self):
        """Changed on purpose? `./dev golden` rewrites them; read the diff. Help needs no data directory and leaves nothing behind."""
        with tempfile.TemporaryDirectory() as folder:
            for name in commands():
                self.hold(name, run(*name.split(), "--help", cwd=folder))
            self.assertEqual(os.listdir(folder), [])

    def hold(self, name, done):
        self.assertEqual(done.returncode, 0, name)
        golden = GOLDEN / (name.replace(" ", "_") + ".txt")
        if os.environ.get("TOCSIN_GOLDEN") == "write":
            golden.parent.mkdir(parents=True, exist_ok=True)
            golden.write_text(done.stdout)
        with self.subTest(command=name):
            self.assertTrue(golden.exists(), f"{golden} is missing: run ./dev golden and read it")
            self.assertEqual(done.stdout, golden.read_text())

    def test_has_no_golden_file_of_a_command_that_is_gone(self):
        known = {name.replace(" ", "_") for name in commands()}
        self.assertEqual({path.stem for path in GOLDEN.glob("*.txt")} - known, set())


class ExitCodes(unittest.TestCase):
    def expect(self, code, *words, says=""):
        done = run(*words)
        self.assertEqual(done.returncode, code, f"{words}: {done.stdout}{done.stderr}")
        self.assertIn(says, done.stdout + done.stderr)
        return done

    def test_usage_is_2(self):
        self.expect(2)
        self.expect(2, "no-such-command", says="unknown command")
        self.expect(2, "init", "--no-such-option", says="unknown option --no-such-option")
        self.expect(2, "init", "surplus", says="one word too many")
        self.expect(2, "init", "--data", says="needs a value")
        self.expect(2, "completion", says="SHELL is missing")
        self.expect(2, "completion", "tcsh", says="expected bash, zsh, fish or man")
        self.expect(2, "simulate", says="--out DIR is needed")
        self.expect(2, "simulate", "--out", "x", "--rows", "many", says="--rows must be a whole number")
        self.expect(2, "init", "--config", "/does/not/exist.toml", says="/does/not/exist.toml")

    def test_help_and_version_are_0(self):
        self.expect(0, "--help", says="Commands:")
        self.expect(0, "--version", says="tocsin 0.")
        self.expect(0, "init", "--help", says="Usage: tocsin init")
        self.expect(0, "help", "init", says="Usage: tocsin init")

    def test_a_group_of_commands_tells_what_is_in_it(self):
        names = commands()
        for group in {" ".join(name.split()[:count]) for name in names for count in range(1, len(name.split()))} - set(names):
            told = self.expect(0, *group.split(), "--help", says=f"Usage: tocsin {group} COMMAND").stdout
            listed = [line[2:26].strip() for line in told.split("Commands:\n")[1].split("\n\n")[0].splitlines()]
            self.assertEqual(listed, [name for name in names if name.startswith(group + " ")])
            self.assertEqual(run("help", *group.split()).stdout, told)
            self.expect(2, *group.split(), says=f"Usage: tocsin {group} COMMAND")
        self.expect(2, "assess", "nonsense", says='unknown command "assess nonsense". See tocsin assess --help.')

    def test_faults_are_json_on_request(self):
        done = run("simulate", "--out", "x", "--rows", "many", "--json")
        self.assertTrue(done.stderr.startswith('{"error":"invalid","message":"--rows must be'), done.stderr)


class Completion(unittest.TestCase):
    def test_of_bash_is_well_formed_and_finds_commands_and_options(self):
        script = run("completion", "bash").stdout
        ask = script + """
            COMP_WORDS=(tocsin simul); COMP_CWORD=1; _tocsin; echo "${COMPREPLY[@]}"
            COMP_WORDS=(tocsin simulate --re); COMP_CWORD=2; _tocsin; echo "${COMPREPLY[@]}"
        """
        done = subprocess.run(["bash", "-c", ask], capture_output=True, text=True, timeout=20)
        self.assertEqual(done.stdout.splitlines(), ["simulate", "--report --repeat"], done.stderr)

    def test_of_zsh_finds_commands_and_options(self):
        script = run("completion", "zsh").stdout
        # zsh's own helpers, as far as they are used: they print what they were given.
        helpers = "_describe() { print -l ${(P)2}; }\n_arguments() { shift; print -l -- \"$@\"; }\n"
        def ask(*words):
            line = f"words=({' '.join(words)} ''); CURRENT={len(words) + 1}\n"
            done = subprocess.run(["zsh", "-f", "-c", helpers + line + script], capture_output=True, text=True, timeout=20)
            self.assertEqual(done.stderr, "")
            return done.stdout.splitlines()
        self.assertIn("simulate:Make a fictional nation and feeds of any size from a seed", ask("tocsin"))
        self.assertEqual(ask("tocsin", "feed")[:2], ["check", "discard"])
        self.assertIn("--repeat[rows that repeat an earlier one]:percent:_files", ask("tocsin", "simulate"))
        self.assertTrue(any(line.startswith("--report[") for line in ask("tocsin", "feed", "rejected")))

    def test_of_fish_finds_commands_and_options(self):
        with tempfile.NamedTemporaryFile("w", suffix=".fish") as script:
            script.write(run("completion", "fish").stdout)
            script.flush()
            def ask(line):
                words = ["fish", "--no-config", "-c", f"source {script.name}; complete -C '{line}'"]
                done = subprocess.run(words, capture_output=True, text=True, timeout=60)
                self.assertEqual(done.stderr, "")
                return done.stdout.splitlines()
            self.assertEqual(ask("tocsin simul"), ["simulate\tMake a fictional nation and feeds of any size from a seed"])
            self.assertEqual([line.split("\t")[0] for line in ask("tocsin feed ")][:2], ["check", "discard"])
            self.assertEqual([line.split("\t")[0] for line in ask("tocsin simulate --re")], ["--repeat", "--report"])
            self.assertIn("--report\tof this report", ask("tocsin feed rejected --"))

    def test_the_manual_page_is_well_formed(self):
        page = run("completion", "man").stdout
        done = subprocess.run(["groff", "-man", "-ww", "-Tutf8", "-z"], input=page, capture_output=True, text=True, timeout=60)
        self.assertEqual((done.returncode, done.stderr), (0, ""))

    def test_the_manual_page_names_every_command(self):
        page = run("completion", "man").stdout.replace("\\-", "-")
        for name in commands():
            self.assertIn(f".SS tocsin {name}", page)


class DataDirectory(unittest.TestCase):
    def test_is_made_private(self):
        with Tocsin() as tocsin:
            tocsin.run("init")
            self.assertEqual(tocsin.data.stat().st_mode & 0o777, 0o700)

    def test_that_cannot_be_written_gets_a_clear_message(self):
        with tempfile.TemporaryDirectory() as folder:
            done = run("init", "--data", "/proc/tocsin-data", cwd=folder)
            self.assertEqual(done.returncode, 1)
            self.assertIn("/proc/tocsin-data", done.stderr)

    def test_of_a_newer_program_is_left_alone(self):
        import sqlite3
        with Tocsin() as tocsin:
            tocsin.run("init")
            ledger = sqlite3.connect(tocsin.data / "ledger.sqlite")
            ledger.execute("UPDATE schema_version SET number = number + 900")
            ledger.commit()
            ledger.close()
            done = tocsin.call("init")
            self.assertEqual(done.returncode, 1)
            self.assertIn("written by a newer Tocsin", done.stderr)

    def test_on_a_full_disk_says_so_and_works_again_when_there_is_room(self):
        with Tocsin() as tocsin:
            tiny = lambda: resource.setrlimit(resource.RLIMIT_FSIZE, (16384, 16384))
            done = subprocess.run(tocsin.words("init"), capture_output=True, text=True, timeout=60, preexec_fn=tiny)
            self.assertEqual(done.returncode, 1, done.stdout + done.stderr)
            self.assertIn(str(tocsin.data), done.stderr)
            tocsin.run("init")


class Simulate(unittest.TestCase):
    def test_gives_the_same_bytes_for_the_same_seed(self):
        with tempfile.TemporaryDirectory() as folder:
            for name in ("one", "two"):
                self.assertEqual(run("simulate", "--out", name, "--rows", "3000", "--days", "2", cwd=folder).returncode, 0)
            one, two = (pathlib.Path(folder, name) for name in ("one", "two"))
            names = sorted(path.relative_to(one) for path in one.rglob("*") if path.is_file())
            self.assertGreater(len(names), 20)
            for name in names:
                self.assertEqual((one / name).read_bytes(), (two / name).read_bytes(), name)


if __name__ == "__main__":
    unittest.main()
