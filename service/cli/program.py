"""The command line with all its commands."""

from service.cli.audit import audit
from service.cli.backup import backup
from service.cli.client import client
from service.cli.correct import cancel, correct
from service.cli.demo import demo
from service.cli.explain import explain
from service.cli.export import export
from service.cli.import_project import import_
from service.cli.migrate import migrate
from service.cli.openapi import openapi
from service.cli.rebuild import rebuild
from service.cli.report import report
from service.cli.restore import restore
from service.cli.root import cli
from service.cli.serve import serve
from service.cli.status import status
from service.cli.template import template
from service.cli.token import token
from service.cli.user import user
from service.cli.verify import verify

report.add_command(audit)
for command in (
    *(demo, serve, template, import_, report, explain, export, correct, cancel),
    *(status, verify, rebuild, migrate, backup, restore, token, user, client, openapi),
):
    cli.add_command(command)
