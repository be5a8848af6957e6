#!/usr/bin/env python3
"""Asks whether the tests of the gate would notice: python3 Tests/Interop/mutate_gate.py [FILE…] [options]

Every condition of the given Swift files (guard, if, while, ternary, where, && and ||, closures of
filter, contains, allSatisfy and their like, properties and functions that are one condition) is
held true, and held false; a comparison by size is moved by its bound (< for <=, and so on); an
optional that is bound is held nil. All mutants are compiled at once
into a copy of the tree, each behind a switch that the environment sets, so one build serves all.
Then the tests are run once for each mutant and stopped at their first failure. A mutant that all
tests pass is a survivor: printed with file:line and text, and kept in the results.

  FILE           relative to the root; default: the path of a verdict, then what stands around it
  --copy DIR     the copy of the tree (default /tmp/assay-mutants); what is there is brought up to date
  --results F    results, one JSON object a line (default DIR.jsonl); a mutant that stands there with
                 the same text is not run again, so a run that was cut off goes on
  --minutes N    stop after so many minutes (default: never)
  --sample N --seed S   run N mutants drawn at random
  --filter R     tests that are run (default: those of the gate)
  --timeout S    a mutant whose tests take longer counts as noticed (default 600)
  --list         print the mutants and end
  --survivors    print the survivors among the results and end

Needs Python 3.9 and nothing else. Exit code 0: none survived; 1: some did; 2: wrong use.
"""
import argparse, hashlib, json, os, random, re, subprocess, sys, time

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
VERDICT = """Register/Answer Register/ModelLineage Register/Standing Register/GateAnswer
  Audit/Check/CheckResult+Record Policy/Outcome""".split()
AROUND = """Register/Decider Register/CalendarChange Register/RegisterAdvance Register/StatedEntry
  Register/StateLog Register/RegisterReader+Decisions Register/RegisterReader+Changes Register/Question+Model
  Register/RegisterReader Register/ModelFacts+JSON Register/CheckStatement+Answer
  Audit/Check/CheckJob Audit/Check/CheckResult+JSON Audit/Check/ModelReading
  Audit/People/Declaration Audit/People/TakingBack Audit/People/WaiverGrant
  Audit/Report/AuditReport Audit/Report/ReportSurvey Policy/PolicyTimeline Policy/Evaluation
  Policy/ResolvedRequest Policy/LicenceUse Policy/Lineage""".split()
FILTER = "^(RegisterTests|StateTests|AuditTests|LedgerTests\\.Statement|PolicyTests)"
# Asked first, since they notice most.
NEAREST = {"Register": "^RegisterTests", "Audit": "^AuditTests", "Policy": "^PolicyTests"}

# What the tests of the gate need; the rest of the package is left out of the copy.
TARGETS = """CSQLite COpenSSL CKernels CEmbedded Base Crypto Store Formats Fingerprint Ledger Inference
  Evidence Licensing Policy State Register HTTP Comparison Trials Audit TestSupport GateSupport
  ReferenceTwins StateTests RegisterTests AuditTests LedgerTests PolicyTests""".split()
BUILD = ["nice", "-n", "5", "swift", "build", "-c", "release", "-Xswiftc", "-enable-testing"]

SWITCH = """// Holds conditions true or false, one at a time, as the environment says; see mutate_gate.py.
import Glibc

public enum Mutant {
  private static let active: Int32 = getenv("ASSAY_MUTANT").map { atoi($0) } ?? -1

  @inline(__always) public static func test(_ id: Int32, _ value: @autoclosure () -> Bool) -> Bool {
    active == id ? true : active == id + 1 ? false : value()
  }

  @inline(__always) public static func edge(
    _ id: Int32, _ value: @autoclosure () -> Bool, _ moved: @autoclosure () -> Bool
  ) -> Bool {
    active == id ? true : active == id + 1 ? false : active == id + 2 ? moved() : value()
  }

  @inline(__always) public static func tried(_ id: Int32, _ value: Bool) -> Bool {
    active == id ? true : active == id + 1 ? false : value
  }

  @inline(__always) public static func bound<T>(_ id: Int32, _ value: T?) -> T? {
    active == id ? nil : value
  }
}
"""


# ---------------------------------------------------------------- reading Swift, as far as is needed

def opaque(text):
    """-> for each position whether it lies in a comment or a string"""
    marks = bytearray(len(text))
    i, n = 0, len(text)
    while i < n:
        if text.startswith("//", i):
            end = text.find("\n", i)
            end = n if end < 0 else end
        elif text.startswith('"""', i):
            end = text.index('"""', i + 3) + 3
        elif text[i] == '"':
            end = i + 1
            depth = 0
            while depth or text[end] != '"':
                if text.startswith("\\(", end):
                    depth += 1
                    end += 2
                    continue
                if text[end] == "\\":
                    end += 2
                    continue
                if depth and text[end] == "(":
                    depth += 1
                if depth and text[end] == ")":
                    depth -= 1
                end += 1
            end += 1
        else:
            i += 1
            continue
        for k in range(i, end):
            marks[k] = 1
        i = end
    return marks


class Source:
    def __init__(self, path):
        self.path = path
        self.text = open(os.path.join(ROOT, path)).read()
        self.opaque = opaque(self.text)
        self.wraps = []  # (start, end, kind)

    def line(self, position):
        return self.text.count("\n", 0, position) + 1

    def depth_end(self, start, stops):
        """the first position from `start` at depth 0 where one of `stops` matches, else None"""
        depth, i = 0, start
        while i < len(self.text):
            if self.opaque[i]:
                i += 1
                continue
            if depth == 0:
                for stop in stops:
                    if stop.match(self.text, i):
                        return i
            c = self.text[i]
            if c in "([{":
                depth += 1
            elif c in ")]}":
                depth -= 1
                if depth < 0:
                    return i
            i += 1
        return None

    def split(self, start, end, token):
        """parts of a range between `token` at depth 0"""
        parts, begin, depth, i = [], start, 0, start
        while i < end:
            if self.opaque[i]:
                i += 1
                continue
            c = self.text[i]
            if c in "([{":
                depth += 1
            elif c in ")]}":
                depth -= 1
            elif depth == 0 and self.text.startswith(token, i):
                parts.append((begin, i))
                i += len(token)
                begin = i
                continue
            i += 1
        parts.append((begin, end))
        return [self.trimmed(*part) for part in parts]

    def trimmed(self, start, end):
        while start < end and (self.text[start].isspace()):
            start += 1
        while end > start and self.text[end - 1].isspace():
            end -= 1
        return start, end

    # ------------------------------------------------------------ where conditions stand

    def boolean(self, start, end):
        """wraps the operands of a condition"""
        start, end = self.trimmed(start, end)
        text = self.text[start:end]
        if not text or text in ("true", "false") or "//" in text or re.match(r"try\b", text):
            if text and re.match(r"try\b", text) and "//" not in text and "await" not in text:
                self.wraps.append((start, end, "tried"))
            return
        for token in ("||", "&&"):
            parts = self.split(start, end, token)
            if len(parts) > 1:
                for part in parts:
                    self.boolean(*part)
                return
        if self.text[start] == "(" and self.depth_end(start + 1, []) == end - 1:
            self.boolean(start + 1, end - 1)
            return
        self.wraps.append((start, end, "tried" if re.search(r"\btry\b", text) else "test"))

    def clauses(self, start, end):
        for a, b in self.split(start, end, ","):
            text = self.text[a:b]
            bound = re.match(r"(let|var) (\w+|\([^=]*\))(\s*:[^=]*)?\s*=\s*", text)
            if bound:
                rest = text[bound.end():]
                # A pattern of a tuple is not optional; `try?` has a value of its own.
                if "//" not in rest:
                    self.wraps.append((a + bound.end(), b, "bound"))
            elif not re.match(r"(let|var|case)\b|#", text):
                self.boolean(a, b)

    def find(self):
        text = self.text
        for match in re.finditer(r"\b(guard|if|while)\s+", text):
            if self.opaque[match.start()]:
                continue
            word, start = match.group(1), match.end()
            stop = re.compile(r"else\b(?=\s*\{)") if word == "guard" else re.compile(r"\{")
            end = self.depth_end(start, [stop])
            if end is not None:
                self.clauses(start, end)
        for match in re.finditer(r"\bwhere\s+", text):
            if self.opaque[match.start()]:
                continue
            before = text[:match.start()]
            in_for = re.search(r"\bfor (case )?[^{}]*$", before[-300:])
            in_case = re.search(r"\bcase [^{}:]*$", before[-200:])
            if in_for:
                end = self.depth_end(match.end(), [re.compile(r"\{")])
            elif in_case:
                end = self.depth_end(match.end(), [re.compile(r":")])
            else:
                continue
            if end is not None:
                self.boolean(match.end(), end)
        for match in re.finditer(r" \? ", text):
            if self.opaque[match.start()]:
                continue
            start = self.ternary_start(match.start())
            if start is not None:
                self.boolean(start, match.start())
        calls = r"(filter|contains|allSatisfy|first|last|count|removeAll|firstIndex|drop|prefix)"
        for match in re.finditer(
                r"\b%s(\(where: \{|\(while: \{| \{)( (?:\w+|\(\w+(?:, \w+)*\)) in)?\s" % calls, text):
            if self.opaque[match.start()]:
                continue
            start = match.end()
            end = self.depth_end(start, [])
            body = text[start:end]
            if re.search(r"\b(let|var|return|guard|if|in)\b", body):
                continue
            self.boolean(start, end)
        for match in re.finditer(r"(-> Bool|: Bool) \{\s", text):
            if self.opaque[match.start()]:
                continue
            start = match.end()
            end = self.depth_end(start, [])
            body = text[start:end]
            if re.search(r"\b(let|var|return|guard|if|for|get|switch|while)\b|throws", body):
                continue
            self.boolean(start, end)
        for match in re.finditer(r"\breturn ", text):
            if self.opaque[match.start()]:
                continue
            end = self.depth_end(match.end(), [re.compile(r"\n\s*(?![&|.?:\s])"), re.compile(r";")])
            body = text[match.end():end]
            if re.search(r"&&|\|\|", body) and " ? " not in body:
                self.boolean(match.end(), end)
        seen, kept = set(), []
        for wrap in sorted(self.wraps, key=lambda w: (w[0], -w[1])):
            if wrap[:2] not in seen and wrap[1] > wrap[0]:
                seen.add(wrap[:2])
                kept.append(wrap)
        self.wraps = [self.comparison(wrap, kept) for wrap in kept]

    def comparison(self, wrap, others):
        """the wrap as one of a comparison by size, if it is one and holds no other wrap"""
        start, end, kind = wrap
        inner = any(start <= s and e <= end and (s, e) != (start, end) for s, e, _ in others)
        return (start, end, "edge") if kind == "test" and not inner and self.moved(start, end) else wrap

    def moved(self, start, end):
        """the comparison with its bound taken the other way, or None"""
        found, depth = [], 0
        for i in range(start, end):
            if self.opaque[i]:
                continue
            c = self.text[i]
            depth += (c in "([{") - (c in ")]}")
            if depth == 0 and self.text[i - 1].isspace():
                match = re.match(r"(<=|>=|<|>)\s", self.text[i:i + 3])
                if match:
                    found.append((i, match.group(1)))
        if len(found) != 1 or " ? " in self.text[start:end] or "??" in self.text[start:end]:
            return None
        place, token = found[0]
        other = {"<": "<=", "<=": "<", ">": ">=", ">=": ">"}[token]
        return self.text[start:place] + other + self.text[place + len(token):end]

    def ternary_start(self, position):
        """where the condition before ` ? ` begins"""
        depth, i = 0, position - 1
        while i >= 0:
            if self.opaque[i]:
                i -= 1
                continue
            c = self.text[i]
            if c in ")]}":
                depth += 1
            elif c in "([{":
                if depth == 0:
                    return self.header(i + 1, position)
                depth -= 1
            elif depth == 0:
                if c in ",;" or (c == ":" and self.text[i + 1] == " "):
                    return i + 1
                if c == "=" and self.text[i - 1] not in "=!<>" and self.text[i + 1] != "=":
                    return i + 1
                if self.text.startswith("return ", i) or self.text.startswith("?? ", i):
                    return i + (7 if self.text[i] == "r" else 3)
                if self.text.startswith(" + ", i) and "\n" not in self.text[i:position]:
                    return i + 3
                if self.text.startswith(" in ", i) or self.text.startswith(" in\n", i):
                    return i + 4
                if c == "\n" and re.match(r"\n\s*(?![&|?:.+])", self.text[i:]):
                    before = self.text[:i].rstrip()
                    if not before.endswith(("=", "(", ",", "&&", "||", "{", "+")):
                        return i + 1
            i -= 1
        return None

    def header(self, start, position):
        match = re.match(r"\s*(\w+|\(\w+(, \w+)*\)) in\s", self.text[start:position])
        return start + (match.end() if match else 0)

    def rewritten(self, ids, dropped):
        """the text with every wrap in place but those on dropped lines"""
        inserts = []
        for (start, end, kind), number in zip(self.wraps, ids):
            if number in dropped:
                continue
            call = {"test": "Mutant.test(%d, ", "edge": "Mutant.edge(%d, ", "tried": "try Mutant.tried(%d, ",
                    "bound": "Mutant.bound(%d, "}[kind] % number
            body = self.text[start:end]
            if kind == "bound" and re.match(r"try\b(?!\?)", body):
                call = "try " + call
            inserts.append((start, 1, end, call))
            closing = ")"
            if kind == "edge":
                closing = ", %s)" % self.moved(start, end)
            inserts.append((end, 0, -start, closing))
        text = self.text
        for position, _, _, piece in sorted(inserts, key=lambda x: (x[0], x[1], x[2]), reverse=True):
            text = text[:position] + piece + text[position:]
        return text


# ---------------------------------------------------------------- mutants

def mutants(paths):
    """-> [(source, ids)], {id: (source, wrap)}; an id is the condition's and holds it true, id + 1 false, id + 2 moves it"""
    sources, known, number = [], {}, 0
    for path in paths:
        source = Source(path)
        source.find()
        ids = []
        for wrap in source.wraps:
            ids.append(number)
            known[number] = (source, wrap)
            number += 4
        sources.append((source, ids))
    return sources, known


def described(known, number):
    source, (start, end, kind) = known[number & ~3]
    how = "nil" if kind == "bound" else ("true", "false", "moved")[number & 3]
    text = re.sub(r"\s+", " ", source.text[start:end])
    return {"file": source.path, "line": source.line(start), "how": how, "text": text,
            "key": hashlib.sha256(("%s %s %s %d" % (source.path, text, how, occurrence(
                source, start, text))).encode()).hexdigest()[:16]}


def occurrence(source, start, text):
    """which of several equal conditions of a file this is"""
    return sum(1 for s, e, _ in source.wraps
               if s < start and re.sub(r"\s+", " ", source.text[s:e]) == text)


def build(copy, sources):
    """brings the copy up to date and compiles it with all mutants in place; -> ids that are out"""
    bring(copy, {source.path for source, _ in sources})
    dropped = set()
    for attempt in range(30):
        lines = {}
        for source, ids in sources:
            text = source.rewritten(ids, dropped)
            put(os.path.join(copy, source.path), text.encode())
            for number, (start, _, _) in zip(ids, source.wraps):
                lines.setdefault((source.path, source.line(start)), []).append(number)
        done = subprocess.run(BUILD + ["--build-tests"], cwd=copy, stdout=subprocess.PIPE,
                              stderr=subprocess.STDOUT, text=True)
        if done.returncode == 0:
            return dropped
        places = set(re.findall(r"(Sources/[^:\s]+\.swift):(\d+):\d+: error", done.stdout))
        fresh = set()
        for path, line in places:
            for nearby in range(int(line), max(0, int(line) - 12), -1):
                found = [n for n in lines.get((path, nearby), []) if n not in dropped]
                if found:
                    fresh.update(found)
                    break
        if not fresh:
            sys.exit("the copy does not compile:\n" + done.stdout[-4000:])
        dropped |= fresh
        print("%d conditions cannot be switched so far" % len(dropped), flush=True)
    sys.exit("the copy does not compile")


def bring(copy, own):
    """makes the copy the tree, with the switch and a slim manifest; what is the same is left alone"""
    names = subprocess.run(["git", "ls-files", "-co", "--exclude-standard"], cwd=ROOT, text=True,
                           stdout=subprocess.PIPE, check=True).stdout.split("\n")
    wanted = {}
    for name in names:
        if name and name not in own and os.path.isfile(os.path.join(ROOT, name)):
            wanted[name] = open(os.path.join(ROOT, name), "rb").read()
    wanted["Sources/Base/Mutant.swift"] = SWITCH.encode()
    wanted["Package.swift"] = slim(wanted["Package.swift"].decode()).encode()
    for name, data in wanted.items():
        put(os.path.join(copy, name), data)
    for top in ("Sources", "Tests"):
        for folder, _, files in os.walk(os.path.join(copy, top)):
            for file in files:
                path = os.path.join(folder, file)
                name = os.path.relpath(path, copy)
                if name not in wanted and name not in own:
                    os.remove(path)


def put(path, data):
    if os.path.exists(path) and open(path, "rb").read() == data:
        return
    os.makedirs(os.path.dirname(path), exist_ok=True)
    with open(path, "wb") as file:
        file.write(data)


def slim(text):
    """the manifest with the targets alone that the tests of the gate need"""
    start = text.index("  targets: [") + len("  targets: [")
    marks, depth, begin, i, entries = opaque(text), 0, start, start, []
    while True:
        if not marks[i]:
            depth += (text[i] in "([") - (text[i] in ")]")
            if depth < 0 or (depth == 0 and text[i] == ","):
                entries.append(text[begin:i])
                begin = i + 1
                if depth < 0:
                    break
        i += 1
    kept = []
    for entry in entries:
        plain = re.sub(r"//.*", "", entry)
        name = re.search(r'name: "([^"]+)"|\(\s*"([^"]+)"', plain)
        if name and (name.group(1) or name.group(2)) in TARGETS:
            kept.append(entry)
    text = text[:start] + ",".join(kept) + text[i:]
    # A switched condition may leave code that warnings speak of.
    text = re.sub(r"  \.treatAllWarnings\(.*?\),\n", "", text).replace(".strictMemorySafety()", "")
    return re.sub(r"products: \[.*?\],\n", "products: [],\n", text, count=1, flags=re.S)


def bundle(copy):
    found = subprocess.run(BUILD + ["--show-bin-path"], cwd=copy, stdout=subprocess.PIPE,
                           text=True, check=True).stdout.strip()
    return os.path.join(found, "assayPackageTests.xctest")


def run(copy, tests, filters, number, timeout):
    """-> 'killed by …', 'timeout' or 'survived'"""
    environment = dict(os.environ, ASSAY_MUTANT=str(number))
    # States are made by the hundred, and each waits for the disk.
    if "TMPDIR" not in os.environ and os.path.isdir("/dev/shm"):
        environment["TMPDIR"] = "/dev/shm"
    process = subprocess.Popen(
        ["nice", "-n", "5", tests, "--testing-library", "swift-testing", "--filter", filters],
        cwd=copy, env=environment, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
        errors="replace")
    deadline, passed = time.time() + timeout, False
    try:
        for line in process.stdout:
            if " recorded an issue" in line or " failed after" in line:
                return "killed: " + line.strip()[:160]
            if "Test run with" in line and "passed" in line:
                passed = True
            if time.time() > deadline:
                return "killed: timeout"
        process.wait()
        return "survived" if passed and process.returncode == 0 else "killed: it crashed"
    finally:
        process.kill()
        process.wait()


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("files", nargs="*")
    parser.add_argument("--copy", default="/tmp/assay-mutants")
    parser.add_argument("--results")
    parser.add_argument("--minutes", type=float)
    parser.add_argument("--sample", type=int)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--filter", default=FILTER)
    parser.add_argument("--timeout", type=float, default=600)
    parser.add_argument("--list", action="store_true")
    parser.add_argument("--survivors", action="store_true")
    options = parser.parse_args()
    paths = options.files or ["Sources/%s.swift" % name for name in VERDICT + AROUND]
    for path in paths:
        if not os.path.exists(os.path.join(ROOT, path)):
            sys.exit("%s is not there" % path)
    sources, known = mutants(paths)
    hows = {"bound": (0,), "edge": (0, 1, 2)}
    numbers = [n + how for n, (_, wrap) in known.items() for how in hows.get(wrap[2], (0, 1))]
    if options.list:
        for number in numbers:
            mutant = described(known, number)
            print("%(file)s:%(line)d  %(how)s  %(text)s" % mutant)
        print("%d mutants" % len(numbers))
        return 0
    path = options.results or options.copy + ".jsonl"
    results = {}
    if os.path.exists(path):
        for line in open(path):
            result = json.loads(line)
            results[result["key"]] = result
    if not options.survivors:
        hunt(options, sources, known, numbers, results, path)
    survivors = [m for m in (described(known, n) for n in numbers)
                 if results.get(m["key"], {}).get("result") == "survived"]
    for mutant in survivors:
        print("%(file)s:%(line)d  %(how)s  %(text)s" % mutant)
    counted = [m for m in (described(known, n) for n in numbers) if m["key"] in results]
    print("%d of %d mutants were run; %d survived" % (len(counted), len(numbers), len(survivors)))
    return 1 if survivors else 0


def hunt(options, sources, known, numbers, results, path):
    start = time.time()
    os.makedirs(options.copy, exist_ok=True)
    dropped = build(options.copy, sources)
    tests = bundle(options.copy)
    if run(options.copy, tests, options.filter, -1, options.timeout * 4) != "survived":
        sys.exit("the tests do not pass without a mutant")
    left = [n for n in numbers if (n & ~3) not in dropped
            and results.get(described(known, n)["key"], {}).get("result") in (None, "survived")]
    if options.sample:
        left = random.Random(options.seed).sample(left, min(options.sample, len(left)))
    with open(path, "a") as file:
        for position, number in enumerate(left):
            if options.minutes and time.time() - start > options.minutes * 60:
                break
            result = described(known, number)
            nearest = NEAREST.get(result["file"].split("/")[1])
            for filters in ([nearest] if nearest else []) + [options.filter]:
                result["result"] = run(options.copy, tests, filters, number, options.timeout)
                if result["result"] != "survived":
                    break
            results[result["key"]] = result
            file.write(json.dumps(result) + "\n")
            file.flush()
            print("%d/%d %s:%d %s %s: %s" % (
                position + 1, len(left), result["file"], result["line"], result["how"],
                result["text"][:60], result["result"][:80]), flush=True)


if __name__ == "__main__":
    sys.exit(main())
