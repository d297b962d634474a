"""A process that sets one report: its JSON on standard input, the PDF on standard output.

Typst keeps what it laid out for its next ten documents: a server that made a dozen reports held
430 MB more. So each is set in a process that ends (0.2 s).
"""

import sys
from importlib.resources import files
from typing import Any

import typst

STANDARDS: list[Any] = ["a-2b", "ua-1"]


def main() -> int:
    """Writes the PDF, or says on standard error why Typst refuses to."""
    template = files("service.exchange.report").joinpath("template.typ").read_bytes()
    try:
        pdf = typst.compile(
            template,
            ignore_system_fonts=True,
            sys_inputs={"report": sys.stdin.buffer.read().decode()},
            pdf_standards=STANDARDS,
        )
    except typst.TypstError as error:
        sys.stderr.write(error.message)
        return 1
    sys.stdout.buffer.write(pdf)
    return 0


if __name__ == "__main__":
    sys.exit(main())
