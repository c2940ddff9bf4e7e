"""A result in each format that checks have. The formats are modules beside this one, imported when they are asked for."""

from __future__ import annotations

from promtrim.output.terminal import Paint
from promtrim.review.result import Result


def rendered(result: Result, form: str, root: str | None, paint: Paint = Paint()) -> str:  # noqa: B008 - frozen
    """The text of a format.

    Args:
        form: ``text``, ``markdown``, ``json``, ``github``, ``sarif``, ``gitlab`` or ``junit``.
        root: the repository that services know paths below; None where there is none.
        paint: for ``text``.
    """
    if form == "json":
        from promtrim.output.findings_json import report

        return report(result)
    if form == "markdown":
        from promtrim.output.findings_markdown import markdown

        return markdown(result)
    if form == "github":
        from promtrim.output.github import workflow_commands

        return workflow_commands(result.findings, root)
    if form == "sarif":
        from promtrim.output.sarif import log

        return log(result, root)
    if form == "gitlab":
        from promtrim.output.gitlab import code_quality

        return code_quality(result.findings, root)
    if form == "junit":
        from promtrim.output.junit import suites

        return suites(result)
    from promtrim.output.findings import text

    return text(result, paint)
