"""Makes a ring of captures: clients and servers in a network namespace of their own, captured by
tcpdump into files of one size. Needs root, Go and tcpdump; with nginx, that serves, too.

    python3 tests/many/bench/ring.py build/ring --megabytes 1000 --files 100

SPDX-License-Identifier: GPL-2.0-or-later
"""
import argparse
import os
import pathlib
import shutil
import signal
import subprocess
import sys
import time

HERE = pathlib.Path(__file__).resolve().parent
NGINX = """
daemon off; worker_processes 1; pid {folder}/nginx.pid; error_log {folder}/nginx.log;
events {{ worker_connections 2000; }}
http {{
  access_log off; keepalive_timeout 1s; keepalive_requests 50; root {folder}/www;
  client_body_temp_path {folder}/t1; proxy_temp_path {folder}/t2; fastcgi_temp_path {folder}/t3;
  uwsgi_temp_path {folder}/t4; scgi_temp_path {folder}/t5;
  server {{ listen 8081; }}
  server {{ listen 8445 ssl; ssl_protocols TLSv1.2; ssl_session_cache shared:s:4m;
            ssl_session_tickets off;
            ssl_certificate {folder}/cert.pem; ssl_certificate_key {folder}/key.pem; }}
}}
"""


def start(*command, **options):
    return subprocess.Popen([str(word) for word in command], **options)


def start_nginx(folder):
    """Static files of 256 bytes to 32 kB."""
    www = folder / "www"
    www.mkdir()
    folder.chmod(0o755)
    for power in range(8, 16):
        (www / str(1 << power)).write_bytes(b"x" * (1 << power))
    (folder / "nginx.conf").write_text(NGINX.format(folder=folder))
    return start("nginx", "-c", folder / "nginx.conf", "-e", folder / "nginx.log")


def end(process, how=signal.SIGTERM):
    if process is not None:
        process.send_signal(how)
        process.wait(timeout=60)


def make(asked):
    """Within the namespace."""
    folder = asked.folder / "made"
    subprocess.run(["ip", "link", "set", "lo", "mtu", "1500", "up"], check=True)
    subprocess.run(["ip", "address", "add", "10.77.0.0/16", "dev", "lo"], check=True)
    program = [folder / "ring", "-certificates", folder]
    subprocess.run([*program, "-prepare"], check=True)
    nginx = start_nginx(folder) if shutil.which("nginx") else None
    size = max(1, round(asked.megabytes / asked.files))
    tcpdump = start("tcpdump", "-i", "lo", "-s", "0", "-B", "262144", "-Z", "root", "-C", size,
                    "-w", asked.folder / "ring.pcap", "tcp",
                    stderr=open(folder / "tcpdump.log", "wb"))
    try:
        time.sleep(1)
        # Headers of packets are about a tenth of a capture.
        subprocess.run([*program, "-megabytes", str(round(asked.megabytes * 0.9)), "-clients",
                        str(asked.clients),
                        "-keys", asked.folder.parent / f"{asked.folder.name}.keys",
                        *(["-nginx"] if nginx else [])], check=True)
        time.sleep(2)  # the last FINs
    finally:
        end(tcpdump, signal.SIGINT)
        end(nginx)
    print((folder / "tcpdump.log").read_text(), end="")
    shutil.rmtree(folder)


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n\n")[0])
    parser.add_argument("folder", type=lambda text: pathlib.Path(text).resolve())
    parser.add_argument("--megabytes", type=int, default=1000)
    parser.add_argument("--files", type=int, default=100)
    parser.add_argument("--clients", type=int, default=300)
    parser.add_argument("--in-namespace", action="store_true", help=argparse.SUPPRESS)
    asked = parser.parse_args()
    if asked.in_namespace:
        make(asked)
        return
    (asked.folder / "made").mkdir(parents=True)
    subprocess.run(["go", "build", "-o", asked.folder / "made" / "ring", "."], cwd=HERE / "ring",
                   check=True)
    os.execvp("unshare", ["unshare", "--net", sys.executable, *sys.argv, "--in-namespace"])


if __name__ == "__main__":
    main()
