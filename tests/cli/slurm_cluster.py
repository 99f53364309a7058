# SPDX-License-Identifier: Apache-2.0
"""Clusters for tests: commands that play Slurm in a folder, and a real Slurm of one node that a test starts and stops."""
import os
import pathlib
import shutil
import socket
import subprocess
import sys
import textwrap
import time

# State: spool/next, and spool/JOB/{folder, TASK.state}: a number's state is PENDING or RUNNING; ended tasks have no file. `plan` has a
# line for what befalls a task: "TASK lost" (it ends and has written nothing), "TASK preempted" (SIGTERM once it has written a
# result, then again from the queue; JOB/TASK.preempted: its results by then), "TASK held" (it never begins).
COMMANDS = {
    "sbatch": """
        arguments = sys.argv[1:]
        (spool / "arguments").open("a").write(" ".join(arguments) + "\\n")
        if (spool / "refusal").exists():
            sys.exit((spool / "refusal").read_text())
        said = dict(each.removeprefix("--").partition("=")[::2] for each in arguments[:-1])
        job = int((spool / "next").read_text())
        (spool / "next").write_text(str(job + 1))
        tasks, _, most = said["array"].partition("%")
        numbers = []
        for part in tasks.split(","):
            first, _, last = part.partition("-")
            numbers += range(int(first), int(last or first) + 1)
        folder = spool / str(job)
        folder.mkdir()
        (folder / "folder").write_text(said["chdir"])
        for number in numbers:
            (folder / f"{number}.state").write_text("PENDING")
        subprocess.Popen([sys.executable, spool / "play.py", str(job), most or "4", arguments[-1]], stdin=subprocess.DEVNULL,
                         stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, start_new_session=True)
        print("sbatch: warning: this is no cluster", file=sys.stderr)
        print(job)
    """,
    "squeue": """
        job = next(each for each in sys.argv if each.startswith("--jobs=")).removeprefix("--jobs=")
        if not (spool / job).exists():
            sys.exit("slurm_load_jobs error: Invalid job id specified")
        for state in (spool / job).glob("*.state"):
            print(state.stem, state.read_text() or "PENDING", (spool / job / "folder").read_text())
    """,
    "scancel": """
        (spool / sys.argv[-1] / "cancelled").touch()
    """,
    "play.py": """
        job, most, script = spool / sys.argv[1], int(sys.argv[2]), sys.argv[3]
        where = pathlib.Path((job / "folder").read_text())
        plan = [line.split() for line in (spool / "plan").read_text().splitlines()]
        running = {}
        def said(number, what):
            if [str(number), what] not in plan:
                return False
            if what == "held":
                return True
            plan.remove([str(number), what])
            lines = (spool / "plan").read_text().splitlines()
            lines.remove(f"{number} {what}")
            (spool / "plan").write_text("".join(line + "\\n" for line in lines))
            return True
        while states := sorted(job.glob("*.state"), key=lambda each: int(each.stem)):
            cancelled = (job / "cancelled").exists()
            for state in states:
                number = int(state.stem)
                if number not in running:
                    if cancelled:
                        state.unlink()
                    elif len(running) < most and not said(number, "held"):
                        if said(number, "lost"):
                            (where / f"{number}.log").open("a").write("the node has gone\\n")
                            state.unlink()
                            continue
                        log = (where / f"{number}.log").open("a")
                        running[number] = subprocess.Popen(["sh", script], cwd=where, stdout=log, stderr=log,
                                                           env={**os.environ, "SLURM_ARRAY_TASK_ID": str(number)})
                        state.write_text("RUNNING")
                    continue
                process = running[number]
                if cancelled or ((where / f"{number}.results").exists() and said(number, "preempted")):
                    process.terminate()
                    process.wait()
                    if not cancelled:
                        shutil.copy(where / f"{number}.results", job / f"{number}.preempted")
                    del running[number]
                    state.unlink() if cancelled else state.write_text("PENDING")
                elif process.poll() is not None:
                    del running[number]
                    state.unlink()
            time.sleep(0.05)
    """,
}


class PlayedCluster:
    """sbatch, squeue and scancel that run tasks as processes of this machine."""

    def __init__(self, folder, plan=""):
        self.folder, self.spool = folder / "bin", folder / "spool"
        self.folder.mkdir(parents=True)
        self.spool.mkdir()
        (self.spool / "next").write_text("1000")
        (self.spool / "plan").write_text(plan)
        for name, body in COMMANDS.items():
            file = (self.spool if name == "play.py" else self.folder) / name
            file.write_text(f"#!{sys.executable}\nimport os, pathlib, shutil, subprocess, sys, time\nspool = pathlib.Path({str(self.spool)!r})\n"
                            + textwrap.dedent(body))
            file.chmod(0o755)

    def environment(self):
        return {**os.environ, "PATH": f"{self.folder}:{os.environ['PATH']}"}

    def submitted(self):
        """What sbatch was told, a submission a line."""
        return (self.spool / "arguments").read_text().splitlines()


def free_ports(count):
    sockets = [socket.socket() for _ in range(count)]
    for each in sockets:
        each.bind(("127.0.0.1", 0))
    ports = [each.getsockname()[1] for each in sockets]
    for each in sockets:
        each.close()
    return ports


class RealCluster:
    """A Slurm of one node, this machine, with everything it keeps in a folder. Root starts it."""
    PROGRAMS = ("munged", "slurmctld", "slurmd", "sbatch", "squeue", "scancel", "scontrol")

    def __init__(self, folder):
        self.folder, self.daemons = pathlib.Path(folder), []

    @classmethod
    def missing(cls):
        """Why there is none here; empty: there can be one."""
        path = f"{os.environ['PATH']}:/usr/sbin"
        lacking = [each for each in cls.PROGRAMS if shutil.which(each, path=path) is None]
        if lacking:
            return f"no {', '.join(lacking)} (cmake/deps.sh cluster)"
        return "" if os.geteuid() == 0 else "not root, who alone can start slurmd"

    def environment(self):
        return {**os.environ, "SLURM_CONF": str(self.folder / "slurm.conf"), "PATH": f"{os.environ['PATH']}:/usr/sbin"}

    def command(self, *words):
        return subprocess.run(words, env=self.environment(), capture_output=True, text=True, timeout=60)

    def start(self):
        folder, host, (control, node) = self.folder, socket.gethostname().split(".")[0], free_ports(2)
        for each in ("state", "spool"):
            (folder / each).mkdir()
        folder.chmod(0o755)
        (folder / "key").write_bytes(os.urandom(128))
        (folder / "key").chmod(0o600)
        (folder / "slurm.conf").write_text(f"""
ClusterName=test
SlurmctldHost={host}(127.0.0.1)
SlurmUser=root
SlurmdUser=root
SlurmctldPort={control}
SlurmdPort={node}
AuthType=auth/munge
AuthInfo=socket={folder}/munge.socket
CredType=cred/munge
MpiDefault=none
ProctrackType=proctrack/linuxproc
TaskPlugin=task/none
SelectType=select/cons_tres
SelectTypeParameters=CR_CPU
SwitchType=switch/none
JobAcctGatherType=jobacct_gather/none
AccountingStorageType=accounting_storage/none
ReturnToService=2
SlurmdParameters=config_overrides
SchedulerParameters=sched_interval=2,batch_sched_delay=0
StateSaveLocation={folder}/state
SlurmdSpoolDir={folder}/spool
SlurmctldPidFile={folder}/slurmctld.pid
SlurmdPidFile={folder}/slurmd.pid
SlurmctldLogFile={folder}/slurmctld.log
SlurmdLogFile={folder}/slurmd.log
NodeName={host} NodeAddr=127.0.0.1 CPUs=4 State=UNKNOWN
PartitionName=all Nodes={host} Default=YES MaxTime=INFINITE State=UP
""")
        self.daemon("munged", "--foreground", "--force", f"--socket={folder}/munge.socket", f"--key-file={folder}/key",
                    f"--pid-file={folder}/munged.pid", f"--log-file={folder}/munged.log", f"--seed-file={folder}/munged.seed")
        self.wait(lambda: (folder / "munge.socket").exists())
        self.daemon("slurmctld", "-D", "-f", str(folder / "slurm.conf"))
        self.daemon("slurmd", "-D", "-f", str(folder / "slurm.conf"), "-N", host)
        self.wait(lambda: self.command("sinfo", "--noheader", "--format=%T").stdout.strip() == "idle")

    def daemon(self, *words):
        log = (self.folder / f"{words[0]}.out").open("w")
        self.daemons.append(subprocess.Popen(words, env=self.environment(), stdin=subprocess.DEVNULL, stdout=log, stderr=log))

    def wait(self, ready, seconds=90):
        end = time.monotonic() + seconds
        while not ready():
            ended = [each.args[0] for each in self.daemons if each.poll() is not None]
            logs = [file.read_text()[-2000:] for file in sorted(self.folder.glob("*.out")) + sorted(self.folder.glob("slurm*.log"))]
            assert not ended and time.monotonic() < end, (ended, logs)
            time.sleep(0.2)

    def stop(self):
        self.command("scancel", "--user=root")
        for each in reversed(self.daemons):
            each.terminate()
            try:
                each.wait(timeout=20)
            except subprocess.TimeoutExpired:
                each.kill()
                each.wait()
