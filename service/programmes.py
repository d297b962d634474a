"""The programme files of the package, read once: rule sets by programme and by version."""

from importlib.resources import files

from domain.project import RuleSetVersion
from domain.rejection import InvalidValue
from domain.rule_set import RuleSet, content_hash, parse_rule_set


class UnknownRuleSet(Exception):
    """An event names a rule set that this program does not have."""


class Programmes:
    """Rule sets by programme name (OPZ, OPZ+) and by name of the version."""

    def __init__(self) -> None:
        self._by_programme: dict[str, tuple[RuleSet, RuleSetVersion]] = {}
        self._by_name: dict[str, RuleSet] = {}
        self._version_of: dict[str, RuleSetVersion] = {}
        folder = files("domain").joinpath("programmes")
        for entry in sorted(folder.iterdir(), key=lambda entry: entry.name):
            if not entry.name.endswith(".toml"):
                continue
            text = entry.read_text(encoding="utf-8")
            rules = parse_rule_set(text)
            version = RuleSetVersion(name=rules.name, sha256=content_hash(text))
            self._by_programme[rules.programme] = rules, version
            self._by_name[rules.name] = rules
            self._version_of[rules.name] = version

    def names(self) -> list[str]:
        """The programmes that a project can be registered in."""
        return sorted(self._by_programme)

    def current(self, programme: str) -> tuple[RuleSet, RuleSetVersion]:
        """The rule set that a new project of the programme gets. Raises InvalidValue."""
        try:
            return self._by_programme[programme]
        except KeyError:
            expected = f"expected one of {', '.join(self.names())}"
            raise InvalidValue(expected, "/programme") from None

    def of(self, version: RuleSetVersion) -> RuleSet:
        """The rule set that an event names. Raises UnknownRuleSet."""
        return self.by_name(version.name)

    def by_name(self, name: str) -> RuleSet:
        """The rule set of that name. Raises UnknownRuleSet."""
        try:
            return self._by_name[name]
        except KeyError:
            raise UnknownRuleSet(name) from None

    def version_of(self, name: str) -> RuleSetVersion:
        """What this program has under that name; an event may hold another hash of it."""
        if name not in self._version_of:
            raise UnknownRuleSet(name)
        return self._version_of[name]
