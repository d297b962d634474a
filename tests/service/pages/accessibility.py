"""axe-core in a page: what it finds against WCAG 2.2 AA and its best practices."""

from playwright.sync_api import Page

from tests.node_packages import package_file

TAGS = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]
RUN = """tags => axe.run(document, {runOnly: {type: 'tag', values: tags}}).then(found =>
    found.violations.map(one => `${one.id}: ${one.nodes.map(node => node.html).join(' | ')}`))"""


def violations(page: Page) -> list[str]:
    """The rules that are broken, with what breaks them. The page's policy must be bypassed."""
    page.evaluate(package_file("axe-core/axe.min.js").read_text(encoding="utf-8"))
    return page.evaluate(RUN, TAGS)
