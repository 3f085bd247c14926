"""What plugins stand on that extend toolpost itself, besides the contract in `toolpost`.

Each of these may change with any version: a distribution that uses them
names the one version of toolpost that it fits, as the bundled ones do.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from toolpost.lazily import homes as homes
from toolpost.lazily import lazily as lazily

if TYPE_CHECKING:
    from toolpost.changes import Change as Change
    from toolpost.cli.output import as_json as as_json
    from toolpost.cli.output import one_line as one_line
    from toolpost.cli.output import table as table
    from toolpost.cli.question import ask_at_terminal as ask_at_terminal
    from toolpost.config.edit import Amendment as Amendment
    from toolpost.config.edit import Edited as Edited
    from toolpost.config.edit import edit as edit
    from toolpost.config.environment import REFERENCE as REFERENCE
    from toolpost.config.environment import Variables as Variables
    from toolpost.config.fields import first_finding as first_finding
    from toolpost.config.locate import locate as locate
    from toolpost.config.secrets import HIDDEN as HIDDEN
    from toolpost.config.secrets import SECRET as SECRET
    from toolpost.connect.clients import CLIENTS as CLIENTS
    from toolpost.connect.jsonc import parse_jsonc as parse_jsonc
    from toolpost.connect.leaving import Leaving as Leaving
    from toolpost.connect.leaving import leaving as leaving
    from toolpost.crash import account as account
    from toolpost.crash import alone as alone
    from toolpost.descriptors import claim as claim
    from toolpost.http.body import Gone as Gone
    from toolpost.http.caller import REQUEST_ID as REQUEST_ID
    from toolpost.http.page import Page as Page
    from toolpost.http.page import is_known as is_known
    from toolpost.http.refusal import Refusal as Refusal
    from toolpost.isolation.limits import environment as environment
    from toolpost.isolation.pending import Pending as Pending
    from toolpost.isolation.wire import block as block
    from toolpost.isolation.wire import read_block as read_block
    from toolpost.middleware.injection.approval import pins_of as pins_of
    from toolpost.middleware.ledger.processes import has_died as has_died
    from toolpost.middleware.ledger.processes import this_process as this_process
    from toolpost.middleware.limits.refusal import LIMITS as LIMITS
    from toolpost.middleware.timeout import LATE as LATE
    from toolpost.middleware.timeout import late as late
    from toolpost.plugins.ailing import Ailing as Ailing
    from toolpost.plugins.ailing import told as told
    from toolpost.primitives import PRIMITIVE as PRIMITIVE
    from toolpost.reload.running import running as running
    from toolpost.stdio.lines import Lines as Lines
    from toolpost.tools.content import Block as Block
    from toolpost.tools.context import InputRequired as InputRequired
    from toolpost.tools.peer import Level as Level
    from toolpost.tools.suggestions import ASKED as ASKED
    from toolpost.tools.suggestions import Suggestions as Suggestions

_FOUND = homes(
    {
        "changes": "Change",
        "cli.output": "as_json one_line table",
        "cli.question": "ask_at_terminal",
        "config.edit": "Amendment Edited edit",
        "config.environment": "REFERENCE Variables",
        "config.fields": "first_finding",
        "config.locate": "locate",
        "config.secrets": "HIDDEN SECRET",
        "connect.clients": "CLIENTS",
        "connect.jsonc": "parse_jsonc",
        "connect.leaving": "Leaving leaving",
        "crash": "account alone",
        "descriptors": "claim",
        "http.body": "Gone",
        "http.caller": "REQUEST_ID",
        "http.page": "Page is_known",
        "http.refusal": "Refusal",
        "isolation.limits": "environment",
        "isolation.pending": "Pending",
        "isolation.wire": "block read_block",
        "middleware.injection.approval": "pins_of",
        "middleware.ledger.processes": "has_died this_process",
        "middleware.limits.refusal": "LIMITS",
        "middleware.timeout": "LATE late",
        "plugins.ailing": "Ailing told",
        "primitives": "PRIMITIVE",
        "reload.running": "running",
        "stdio.lines": "Lines",
        "tools.content": "Block",
        "tools.context": "InputRequired",
        "tools.peer": "Level",
        "tools.suggestions": "ASKED Suggestions",
    }
)

__all__ = [*_FOUND, "homes", "lazily"]

__getattr__ = lazily(__name__, _FOUND, "toolpost")
