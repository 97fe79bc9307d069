"""minyi demo: a city to try, served on this computer only."""

import os
import socket
import sys
from pathlib import Path

import click

from analysis.study.problems import speaks_chinese
from survey import server
from survey.app import create_app
from survey.cli.estimate import REFUSED, estimate_folder
from survey.cli.tables import print_tables
from survey.demo import EXAMPLE, Demo, prepare
from survey.qr import address, text

HOST = "127.0.0.1"
# Seconds that Ctrl-C waits for a worker. Seldom gunicorn's own handler of the signal finds a lock
# taken by what it interrupts, and waits for ever.
PATIENCE = 3


@click.command()
@click.option("--port", type=click.IntRange(1, 65535), default=8000, show_default=True)
@click.option("--folder", type=click.Path(path_type=Path), default=Path("var/demo"))
def demo(port: int, folder: Path) -> None:
    """Load the example, print its rates, accounts and a QR code, and serve it until Ctrl-C."""
    chinese = speaks_chinese(os.environ)
    if _is_busy(port):
        click.echo(
            f"端口 {port} 已被占用,请用 PORT=… 换一个端口。"
            if chinese
            else f"Port {port} is in use; choose another with PORT=…",
            err=True,
        )
        sys.exit(REFUSED)
    prepared = prepare(folder, port, os.environ.get("MINYI_DATABASE_URL") or None)
    print_tables(estimate_folder(EXAMPLE), chinese=chinese, only_root=True)
    _print_ways_in(prepared, folder, chinese)
    server.serve(
        lambda: create_app(prepared.config),
        bind=f"{HOST}:{port}",
        workers=1,
        loglevel="warning",
        graceful_timeout=PATIENCE,
    )


def _is_busy(port: int) -> bool:
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((HOST, port))
        except OSError:
            return True
    return False


def _print_ways_in(prepared: Demo, folder: Path, chinese: bool) -> None:
    base = prepared.config.base_url
    click.echo("")
    click.echo(
        "演示账号(密码首次运行时随机生成):" if chinese else "Demo accounts (random passwords):"
    )
    click.echo(prepared.accounts.rstrip())
    click.echo(f"  {folder / 'accounts.txt'}")
    click.echo("")
    click.echo(f"{prepared.place_name}  {base}/q/{prepared.place}")
    click.echo(text(address(base, prepared.place), colour=sys.stdout.isatty()))
    click.echo(f"{base}   Ctrl-C {'结束' if chinese else 'ends it'}")
    sys.stdout.flush()
