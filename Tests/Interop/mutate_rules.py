#!/usr/bin/env python3
"""Asks whether the scenarios would notice a wrong rule: python3 Tests/Interop/mutate_rules.py [options]

One thing of a pack is changed at a time, the changed pack answers all scenarios, and each answer is held
to the `expect` of its scenario. A mutant whose answers are all as expected is a survivor: printed with the
id of its rule and the place in it. A pack that does not load any more counts as noticed.

  number    a bound of gt ge lt le moved by one, up and down (large and fractional ones by a thousandth)
  bound     gt for ge, lt for le, and the reverse
  negate    a test, a quantifier or a ref turned to its opposite
  all-any   all for any, and the reverse
  clause    one part of an all or any left out
  member    one value of a list left out (countries, kinds of bodies, developers, uses, forms, groups)
  day       a day of as_of or of a fact moved by one; a border of `applies` moved by one, with its neighbour
  unless    `unless` left out
  not       `not` left out
  weaker    deny becomes review, review and obligation become nothing; `on_refused` deny becomes review
  scope     `scope` left out
  lineage   a path taken for another class, a key of `where` or needs_complete_lineage left out
  flows     a way by which a licence reaches the model left out

  --policies DIR    the pack (default Policies)
  --scenarios FILE  default scenarios.json of the pack
  --assay CMD       default $ASSAY or .build/release/assay
  --rules R         only rules, conditions, definitions and groups whose id matches this expression
  --kinds K,K       only these kinds
  --deny-only       only what can deny: rules and conditions that do, and the definitions and groups they name
  --results F       results, one JSON object a line; a mutant that was noticed there is not run again while
                    its rule and the scenarios that noticed it are the same
  --jobs N          processes at a time (default 1)
  --minutes N       stop after so many minutes
  --list            print the mutants and end
  --survivors       print the survivors among the results and end
  --coverage        print which rules and conditions no scenario makes hold, or leaves silent, and end

Needs Python 3.9 and nothing else. Exit code 0: none survived; 1: some did; 2: wrong use.
"""
import argparse, collections, copy, datetime, hashlib, json, os, re, shlex, shutil, subprocess, sys, tempfile, time
from concurrent.futures import ThreadPoolExecutor

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
FILES = ["facts.json", "jurisdictions.json", "licence-rules.json", "api-terms.json", "licences.json"]
BOUNDS = {"gt": "ge", "ge": "gt", "lt": "le", "le": "lt"}
LISTS = {"in", "within", "overlaps", "all_within", "any_of"}
DAY = re.compile(r"\d{4}-\d\d-\d\d$")


# ---------------------------------------------------------------- mutants

class Mutant:
    """A place in a file of the pack and what shall stand there."""

    def __init__(self, kind, file, owner, top, path, change, text):
        self.kind, self.file, self.owner, self.top, self.path = kind, file, owner, top, path
        self.change, self.text = change, text

    def described(self):
        return "%s  %s  %s" % (self.owner, self.kind, self.text)

    def key(self, source):
        return hashlib.sha256(json.dumps(
            [self.owner, self.kind, self.text, source], sort_keys=True).encode()).hexdigest()[:20]


def at(tree, path):
    for step in path:
        tree = tree[step]
    return tree


def replaced(tree, path, value):
    """a copy of the tree with another value at the path"""
    if not path:
        return value
    fresh = copy.copy(tree)
    fresh[path[0]] = replaced(tree[path[0]], path[1:], value)
    return fresh


def shown(path):
    return "/".join(str(step) for step in path)


def moved_day(day, by):
    return (datetime.date.fromisoformat(day) + datetime.timedelta(by)).isoformat()


def moved_numbers(value):
    if isinstance(value, int) and abs(value) < 10 ** 15:
        return [value + 1] + ([value - 1] if value > 0 else [])
    return [value * 1.001, value * 0.999]


def expression_mutants(tree, path):
    """-> (kind, path, value, text) of an expression and all within it"""
    node = at(tree, path)
    if "all" in node or "any" in node:
        word = "all" if "all" in node else "any"
        parts = node[word]
        if len(parts) > 1:
            yield "all-any", path, {"any" if word == "all" else "all": parts}, shown(path)
            for k in range(len(parts)):
                yield "clause", path, {word: parts[:k] + parts[k + 1:]}, shown(path + [word, k])
        for k in range(len(parts)):
            yield from expression_mutants(tree, path + [word, k])
        return
    if "not" in node:
        yield "not", path, node["not"], shown(path)
        yield from expression_mutants(tree, path + ["not"])
        return
    if "const" in node:
        return
    if "as_of" in node:
        for operator, day in node["as_of"].items():
            for by in (-1, 1):
                yield "day", path, {"as_of": {operator: moved_day(day, by)}}, "%s %+d day" % (shown(path), by)
            if operator in BOUNDS:
                yield "bound", path, {"as_of": {BOUNDS[operator]: day}}, shown(path)
        return
    yield "negate", path, {"not": node}, shown(path)
    if "ref" in node:
        return
    for word in ("some_ancestor", "some_node", "every_node"):
        if word in node:
            yield from quantifier_mutants(node, word, path)
            return
    for operator, operand in node.items():
        if operator == "fact":
            continue
        place = shown(path) + "/" + operator
        if operator in BOUNDS:
            yield "bound", path, {"fact": node["fact"], BOUNDS[operator]: operand}, place
            if isinstance(operand, str) and DAY.match(operand):
                for by in (-1, 1):
                    yield "day", path, dict(node, **{operator: moved_day(operand, by)}), "%s %+d day" % (place, by)
            elif not isinstance(operand, (str, bool)):
                for value in moved_numbers(operand):
                    yield "number", path, dict(node, **{operator: value}), "%s %r" % (place, value)
        elif operator in LISTS and len(operand) > 1:
            for k, value in enumerate(operand):
                yield "member", path, dict(node, **{operator: operand[:k] + operand[k + 1:]}), "%s %s" % (place, value)


def quantifier_mutants(node, word, path):
    inner = node[word]
    others = {"derivation": ["any", "training"], "training": ["any", "derivation"], "any": ["derivation", "training"],
              "self": ["derivation"]}[inner["path"]]
    for other in others:
        yield "lineage", path, {word: dict(inner, path=other)}, "%s path %s" % (shown(path), other)
    where = inner.get("where", {})
    for key, values in where.items():
        rest = {k: v for k, v in where.items() if k != key}
        yield "lineage", path, {word: dict(inner, where=rest)}, "%s without %s" % (shown(path), key)
        for k, value in enumerate(values if len(values) > 1 else []):
            fewer = dict(where, **{key: values[:k] + values[k + 1:]})
            yield "member", path, {word: dict(inner, where=fewer)}, "%s %s %s" % (shown(path), key, value)


def clause_mutants(file, owner, tree, path):
    """of a rule or a condition"""
    clause = at(tree, path)

    def mutant(kind, where, value, text):
        return Mutant(kind, file, owner, path, where, value, text)

    effect = clause["effect"]
    if effect == "deny":
        yield mutant("weaker", path + ["effect"], "review", "deny becomes review")
    else:
        yield mutant("weaker", path + ["when"], {"const": False}, "%s becomes nothing" % effect)
    if clause.get("on_refused") == "deny":
        yield mutant("weaker", path + ["on_refused"], "review", "on_refused becomes review")
    for part in ("unless", "scope"):
        if part in clause:
            fewer = {k: v for k, v in clause.items() if k != part}
            yield mutant(part, path, fewer, "left out")
    if clause.get("needs_complete_lineage"):
        fewer = {k: v for k, v in clause.items() if k != "needs_complete_lineage"}
        yield mutant("lineage", path, fewer, "without needs_complete_lineage")
    for part in ("flows", "flows_unclear"):
        values = clause.get(part, [])
        for k, value in enumerate(values if len(values) > 1 or part == "flows_unclear" else []):
            fewer = dict(clause, **{part: values[:k] + values[k + 1:]})
            if not fewer[part]:
                del fewer[part]
            yield mutant("flows", path, fewer, "%s without %s" % (part, value))
    for part in ("scope", "when", "unless"):
        if part in clause:
            for kind, where, value, text in expression_mutants(tree, path + [part]):
                yield mutant(kind, where, value, text[len(shown(path)) + 1:])
    spans = clause.get("applies", [])
    for k, span in enumerate(spans):
        for by in (-1, 1):
            fresh = copy.deepcopy(spans)
            fresh[k]["from"] = moved_day(span["from"], by)
            if k and spans[k - 1]["to"] == moved_day(span["from"], -1):
                fresh[k - 1]["to"] = moved_day(spans[k - 1]["to"], by)
            yield mutant("day", path + ["applies"], fresh, "applies/%d/from %+d day" % (k, by))
            if span["to"] and not (k + 1 < len(spans) and spans[k + 1]["from"] == moved_day(span["to"], 1)):
                fresh = copy.deepcopy(spans)
                fresh[k]["to"] = moved_day(span["to"], by)
                yield mutant("day", path + ["applies"], fresh, "applies/%d/to %+d day" % (k, by))


def mutants(pack):
    law, licences = pack["jurisdictions.json"], pack["licence-rules.json"]
    for name, members in law["groups"].items():
        for k, value in enumerate(members if len(members) > 1 else []):
            yield Mutant("member", "jurisdictions.json", "@" + name, ["groups", name], ["groups", name],
                         members[:k] + members[k + 1:], value)
    for name in law["definitions"]:
        path = ["definitions", name]
        for kind, where, value, text in expression_mutants(law, path):
            yield Mutant(kind, "jurisdictions.json", "ref " + name, path, where, value, text[len(shown(path)) + 1:] or ".")
    for k, rule in enumerate(law["rules"]):
        yield from clause_mutants("jurisdictions.json", rule["id"], law, ["rules", k])
    for licence, conditions in licences["licences"].items():
        for k, condition in enumerate(conditions):
            yield from clause_mutants("licence-rules.json", "%s#%s" % (licence, condition["id"]), licences,
                                      ["licences", licence, k])


def denying(pack):
    """ids of what can deny, with the definitions and groups that it names"""
    law = pack["jurisdictions.json"]
    named = lambda tree: (set("ref " + x for x in re.findall(r'"ref": "([^"]+)"', json.dumps(tree)))
                          | set(re.findall(r'"(@[^"]+)"', json.dumps(tree))))
    clauses = [(rule["id"], rule) for rule in law["rules"]]
    for licence, conditions in pack["licence-rules.json"]["licences"].items():
        clauses += [("%s#%s" % (licence, c["id"]), c) for c in conditions]
    # An exemption decides as much as the bar that it lifts.
    freed = {r["id"] for r in law["rules"] if r["effect"] == "allow"}
    names = set()
    for name, clause in clauses:
        if clause["effect"] == "deny" or name in freed:
            names |= {name} | named(clause)
    fresh = set(names)
    while fresh:
        fresh = set().union(*(named(law["definitions"][n[4:]]) for n in fresh if n.startswith("ref "))) - names
        names |= fresh
    return names


# ---------------------------------------------------------------- answers

def wrong(scenario, answer):
    """what of an answer is not as expected, or None; what `expect` leaves out is not compared"""
    expect = scenario["expect"]
    if answer is None:
        return "no answer"
    if "error" in expect:
        error = answer.get("error") or {}
        return None if (error.get("code"), error.get("place")) == (expect["error"], expect["at"]) else "error"
    if answer.get("verdict") != expect["verdict"]:
        return "verdict %s" % answer.get("verdict")
    marks = lambda found: sorted((f["id"], f["effect"], f["truth"]) for f in found)
    if "findings" in expect and marks(expect["findings"]) != marks(answer["findings"]):
        return "findings"
    if "obligations" in expect and sorted(expect["obligations"]) != sorted(o["id"] for o in answer["obligations"]):
        return "obligations"
    for part in ("possible_obligations", "waived"):
        if part in expect and sorted(expect[part]) != sorted(answer.get(part, [])):
            return part
    return None


def words(tree):
    """the keys and texts of a JSON value"""
    if isinstance(tree, dict):
        return set(tree).union(*map(words, tree.values()))
    if isinstance(tree, list):
        return set().union(*map(words, tree))
    return {tree} if isinstance(tree, str) else set()


class Asker:
    # A mutant is shown to the nearest scenarios first; most are noticed by those.
    NEAR = (0, 30, 150)

    def __init__(self, options, pack, scenarios):
        self.command, self.pack, self.scenarios = shlex.split(options.assay), pack, scenarios
        self.place = tempfile.mkdtemp(prefix="assay-rules-")
        keys = ("expect", "why", "area", "pair")
        self.questions = [{k: v for k, v in s.items() if k not in keys} for s in scenarios]
        self.words = [words(s) for s in scenarios]
        used = set().union(*self.words) if self.words else set()
        if "licences.json" in pack:
            # Licences that no scenario names answer nothing.
            pack = dict(pack, **{"licences.json": dict(pack["licences.json"], hf_index={}, licences=[
                x for x in pack["licences.json"]["licences"] if x["id"] in used])})
        self.files = os.path.join(self.place, "pack")
        os.mkdir(self.files)
        for name, tree in pack.items():
            with open(os.path.join(self.files, name), "w") as file:
                json.dump(tree, file)
        self.rarity = collections.Counter(word for found in self.words for word in found)
        self.orders = {}

    def close(self):
        shutil.rmtree(self.place)

    def order(self, mutant):
        """the scenarios, first those that share rare words with the rule"""
        if mutant.owner not in self.orders:
            law = self.pack["jurisdictions.json"]
            found, fresh = {mutant.owner}, words(at(self.pack[mutant.file], mutant.top))
            while fresh - found:
                found |= fresh
                fresh = set().union(*(words(law["definitions"].get(w, [])) | words(law["groups"].get(w[1:], []))
                                      for w in fresh if w in law["definitions"] or w[:1] == "@"))
            if mutant.owner[:4] == "ref " or mutant.owner[:1] == "@":
                for rule in law["rules"]:
                    if mutant.owner.replace("ref ", "") in words(rule):
                        found.add(rule["id"])
            score = [sum(1 / self.rarity[w] for w in found & have) for have in self.words]
            self.orders[mutant.owner] = sorted(range(len(score)), key=lambda k: -score[k])
        return self.orders[mutant.owner]

    def answers(self, mutant=None, chosen=None):
        """-> list of answers, or None when the pack does not load"""
        directory = tempfile.mkdtemp(dir=self.place)
        chosen = range(len(self.scenarios)) if chosen is None else chosen
        questions = os.path.join(directory, "questions.json")
        try:
            with open(questions, "w") as file:
                file.write(json.dumps(
                    {"schema": "assay.scenarios/1", "scenarios": [self.questions[k] for k in chosen]}))
            for name in self.pack:
                path = os.path.join(directory, name)
                if mutant and mutant.file == name:
                    with open(path, "w") as file:
                        file.write(json.dumps(replaced(self.pack[name], mutant.path, mutant.change)))
                else:
                    os.link(os.path.join(self.files, name), path)
            done = subprocess.run(
                self.command + ["policy", "eval", "--policies", directory, "--scenarios", questions,
                                "--jsonl", "--no-missing"], capture_output=True, text=True, timeout=600)
            lines = [json.loads(line) for line in done.stdout.splitlines() if line.strip()]
            return lines if len(lines) == len(chosen) else None
        finally:
            shutil.rmtree(directory)

    def noticed(self, mutant):
        """-> the scenario that notices the mutant, "load", or None"""
        order = self.order(mutant)
        for start, end in zip(self.NEAR, self.NEAR[1:] + (None,)):
            part = order[start:end]
            answers = self.answers(mutant, part) if part else []
            if answers is None:
                return "load"
            for k, answer in zip(part, answers):
                if wrong(self.scenarios[k], answer):
                    return self.scenarios[k]["id"]
        return None


# ---------------------------------------------------------------- what is printed

def coverage(pack, scenarios, answers):
    """-> number of clauses, and those that never hold or are never silent"""
    held, silent = set(), set()
    duties = {}
    clauses = {}
    for rule in pack["jurisdictions.json"]["rules"]:
        clauses[rule["id"]] = rule
    licences = pack["licence-rules.json"]["licences"]
    for licence, conditions in licences.items():
        for condition in conditions:
            clauses["%s#%s" % (licence, condition["id"])] = condition
    for name, clause in clauses.items():
        for duty in clause.get("obligations", []):
            duties[duty["id"]] = name
    for scenario, answer in zip(scenarios, answers):
        if "error" in answer:
            continue
        said = {f["id"]: f["truth"] for f in answer["findings"]}
        owed = {duties.get(o["id"]) for o in answer["obligations"]}
        perhaps = {duties.get(o) for o in answer.get("possible_obligations", [])}
        held |= {name for name, truth in said.items() if truth == "true"} | owed
        asked = {scenario.get("model", {}).get("licence") if isinstance(scenario.get("model", {}).get("licence"), str)
                 else None} | {a.get("licence") for a in scenario.get("ancestors", [])}
        for name in clauses:
            if name not in said and name not in owed and name not in perhaps:
                if "#" not in name or name.split("#")[0] in asked:
                    silent.add(name)
    allows = [name for name, clause in clauses.items() if clause["effect"] == "allow"]
    return (len(clauses), sorted(set(clauses) - held - set(allows)), sorted(set(clauses) - silent - set(allows)), allows)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--policies", default=os.path.join(ROOT, "Policies"))
    parser.add_argument("--scenarios")
    parser.add_argument("--assay", default=os.environ.get("ASSAY", os.path.join(ROOT, ".build/release/assay")))
    parser.add_argument("--rules", default="")
    parser.add_argument("--kinds", default="")
    parser.add_argument("--deny-only", action="store_true")
    parser.add_argument("--results")
    parser.add_argument("--jobs", type=int, default=1)
    parser.add_argument("--minutes", type=float)
    parser.add_argument("--list", action="store_true")
    parser.add_argument("--survivors", action="store_true")
    parser.add_argument("--coverage", action="store_true")
    options = parser.parse_args()
    pack = {}
    for name in FILES:
        path = os.path.join(options.policies, name)
        if os.path.exists(path):
            pack[name] = json.load(open(path))
        elif name != "licences.json":
            sys.exit("%s is not there" % path)
    path = options.scenarios or os.path.join(options.policies, "scenarios.json")
    scenarios = json.load(open(path))["scenarios"]
    by_id = {s["id"]: s for s in scenarios}
    asker = Asker(options, pack, scenarios)
    try:
        return hunt(options, pack, scenarios, by_id, asker)
    finally:
        asker.close()


def hunt(options, pack, scenarios, by_id, asker):
    deny = denying(pack)
    kinds = set(options.kinds.split(",")) - {""}
    chosen = [m for m in mutants(pack) if re.search(options.rules, m.owner)
              and (not kinds or m.kind in kinds) and (not options.deny_only or m.owner in deny)]
    if options.list:
        for mutant in chosen:
            print(mutant.described())
        print("%d mutants" % len(chosen))
        return 0
    if options.coverage or not options.survivors:
        answers = asker.answers()
        if answers is None:
            sys.exit("the pack does not load without a mutant")
        failing = ["%s (%s)" % (s["id"], wrong(s, a)) for s, a in zip(scenarios, answers) if wrong(s, a)]
        if failing:
            sys.exit("not as expected without a mutant: " + ", ".join(failing[:10]))
        count, never, always, allows = coverage(pack, scenarios, answers)
        print("%d rules and conditions, %d scenarios: %d never hold, %d are never silent"
              % (count, len(scenarios), len(never), len(always)))
        for name in never:
            print("  never holds: " + name)
        for name in always:
            print("  never silent: " + name)
        if allows:
            print("  exemptions are seen by their mutants alone: " + ", ".join(allows))
        if options.coverage:
            return 1 if never or always else 0
    known = {}
    if options.results and os.path.exists(options.results):
        for line in open(options.results):
            result = json.loads(line)
            known[result["key"]] = result
    source = {name: {} for name in FILES}

    def text_of(mutant):
        owners = source[mutant.file]
        if mutant.owner not in owners:
            owners[mutant.owner] = at(pack[mutant.file], mutant.top)
        return owners[mutant.owner]

    def digest(scenario):
        return hashlib.sha256(json.dumps(scenario, sort_keys=True).encode()).hexdigest()[:12]

    def settled(result):
        """a mutant noticed before, by a scenario that is still the same"""
        by = result and result.get("by")
        return by == "load" or (by in by_id and result.get("scenario") == digest(by_id[by]))

    keys = {id(m): m.key(text_of(m)) for m in chosen}
    left = [m for m in chosen if not settled(known.get(keys[id(m)]))]
    start = time.time()
    if not options.survivors and left:
        out = open(options.results, "a") if options.results else None

        def run(mutant):
            if options.minutes and time.time() - start > options.minutes * 60:
                return None
            by = asker.noticed(mutant)
            return {"key": keys[id(mutant)], "owner": mutant.owner, "kind": mutant.kind, "text": mutant.text, "by": by,
                    "scenario": digest(by_id[by]) if by in by_id else None}

        with ThreadPoolExecutor(options.jobs) as pool:
            for result in pool.map(run, left):
                if result is None:
                    continue
                known[result["key"]] = result
                if out:
                    out.write(json.dumps(result) + "\n")
                    out.flush()
        if out:
            out.close()
    figures = collections.defaultdict(lambda: [0, 0, 0, 0, 0])
    survivors = []
    for mutant in chosen:
        result = known.get(keys[id(mutant)])
        row = figures[mutant.kind]
        row[0] += 1
        if result is None:
            continue
        row[1] += 1
        if result["by"] is None:
            row[2] += 1
            row[3] += mutant.owner in deny
            survivors.append(mutant)
        row[4] += result["by"] == "load"
    for mutant in survivors:
        print("%s%s" % ("deny  " if mutant.owner in deny else "      ", mutant.described()))
    print("%-10s %7s %7s %9s %12s %8s" % ("kind", "mutants", "run", "survived", "that deny", "refused"))
    total = [0] * 5
    for kind in sorted(figures):
        row = figures[kind]
        total = [a + b for a, b in zip(total, row)]
        print("%-10s %7d %7d %9d %12d %8d" % (kind, *row))
    print("%-10s %7d %7d %9d %12d %8d" % ("all", *total))
    return 1 if survivors else 0


if __name__ == "__main__":
    sys.exit(main())
