#!/usr/bin/env python3
"""Re-computes an evidence pack of Assay without Assay: python3 pack.py DIR

Standard library only. From the files of the pack alone it computes

  manifest   SHA-256 and size of every file, and that nothing else is there
  probes     the digest that names the probe texts, and the seed drawn from it
  outputs    rival, contrast, statistic, conformal and parametric p, Holm's adjustment, every gate
             and the verdict, from sums over documents
  power      the effects that are found with a power of 0.8, by drawing controls at random
  weights    e-values of blocks, their mean over the suspect's blocks and product over the
             reference's, p, and whether the two are related

and compares them with verdict.json. Exit code 0: all agree; 1: something differs (each difference
is printed); 2: wrong use. The formulas are written down again here, from the description of the
tests, not from Assay's code: Student's tail by the continued fraction of the incomplete beta
function where Assay has a finite series.
"""

import hashlib
import json
import math
import os
import random
import sys

MASK32, MASK64 = 0xFFFFFFFF, 0xFFFFFFFFFFFFFFFF
differences = []


def check(holds, text):
    if not holds:
        differences.append(text)


def near(a, b, relative=1e-9, absolute=1e-12):
    if a is None or b is None:
        return a is b
    return abs(a - b) <= absolute + relative * max(abs(a), abs(b))


# ---- Randomness: Philox4x32-10 as a counter, for bootstrap and halves


class Philox:
    def __init__(self, seed, stream):
        self.key = (seed & MASK32, seed >> 32)
        self.stream = stream
        self.counter = 0
        self.pending = None

    def next(self):
        if self.pending is not None:
            value, self.pending = self.pending, None
            return value
        c0, c1 = self.counter & MASK32, self.counter >> 32
        c2, c3 = self.stream & MASK32, self.stream >> 32
        k0, k1 = self.key
        for _ in range(10):
            a, b = 0xD2511F53 * c0, 0xCD9E8D57 * c2
            c0, c1, c2, c3 = (b >> 32) ^ c1 ^ k0, b & MASK32, (a >> 32) ^ c3 ^ k1, a & MASK32
            k0, k1 = (k0 + 0x9E3779B9) & MASK32, (k1 + 0xBB67AE85) & MASK32
        self.counter += 1
        self.pending = c3 << 32 | c2
        return c1 << 32 | c0

    def below(self, bound):
        """Uniform in 0..bound-1 (Lemire 2019)."""
        product = self.next() * bound
        if product & MASK64 < bound:
            threshold = ((1 << 64) - bound) % bound
            while product & MASK64 < threshold:
                product = self.next() * bound
        return product >> 64

    def permutation(self, count):
        order = list(range(count))
        for position in range(count - 1, 0, -1):
            other = self.below(position + 1)
            order[position], order[other] = order[other], order[position]
        return order


# ---- Distributions


def beta_fraction(a, b, x):
    tiny = 1e-300
    c, d = 1.0, 1 - (a + b) * x / (a + 1)
    d = 1 / (d if abs(d) > tiny else tiny)
    h = d
    for m in range(1, 500):
        for numerator in (
            m * (b - m) * x / ((a + 2 * m - 1) * (a + 2 * m)),
            -(a + m) * (a + b + m) * x / ((a + 2 * m) * (a + 2 * m + 1)),
        ):
            d = 1 + numerator * d
            c = 1 + numerator / c
            d = 1 / (d if abs(d) > tiny else tiny)
            c = c if abs(c) > tiny else tiny
            h *= d * c
        if abs(d * c - 1) < 1e-15:
            break
    return h


def incomplete_beta(a, b, x):
    if x <= 0 or x >= 1:
        return 0.0 if x <= 0 else 1.0
    front = math.exp(
        math.lgamma(a + b) - math.lgamma(a) - math.lgamma(b)
        + a * math.log(x) + b * math.log1p(-x))
    if x < (a + 1) / (a + b + 2):
        return front * beta_fraction(a, b, x) / a
    return 1 - front * beta_fraction(b, a, 1 - x) / b


def student_tail(t, n):
    """P(T >= t)."""
    tail = incomplete_beta(n / 2, 0.5, n / (n + t * t)) / 2
    return tail if t >= 0 else 1 - tail


def holm(values):
    order = sorted(range(len(values)), key=lambda i: (values[i], i))
    adjusted, largest = list(values), 0.0
    for rank, index in enumerate(order):
        largest = max(largest, min(1, values[index] * (len(values) - rank)))
        adjusted[index] = largest
    return adjusted


class ControlTest:
    def __init__(self, value, controls):
        n = len(controls)
        self.value, self.controls = value, controls
        self.floor = 1 / (n + 1)
        self.conformal = (1 + sum(c >= value for c in controls)) / (n + 1)
        square = sum(c * c for c in controls) / max(1, n)
        self.z, self.parametric = None, 1.0
        if square > 0:
            self.z = value / math.sqrt(square * (1 + 1 / n))
            self.parametric = student_tail(self.z, n)
        self.exceeds = self.conformal <= self.floor * (1 + 1e-9)

    def leave_one_out(self):
        return holm([
            ControlTest(c, self.controls[:i] + self.controls[i + 1:]).parametric
            for i, c in enumerate(self.controls)])


# ---- Power: the bound that a suspect must reach, over controls drawn at random


bounds_drawn = {}


def power(controls, comparisons, effect, level, draws=4000):
    """How often a suspect with this true effect exceeds every control and reaches the level."""
    if (controls, comparisons) not in bounds_drawn:
        low, high = 0.0, 1e6
        for _ in range(100):
            t = (low + high) / 2
            low, high = (t, high) if student_tail(t, controls) > level / comparisons else (low, t)
        least, source = high * math.sqrt(1 + 1 / controls), random.Random(1)
        bounds_drawn[controls, comparisons] = bounds = []
        for _ in range(draws):
            values = [source.gauss(0, 1) for _ in range(controls)]
            spread = math.sqrt(sum(v * v for v in values) / controls)
            bounds.append(max(least * spread, max(values)))
    bounds = bounds_drawn[controls, comparisons]
    return sum(math.erfc((b - effect) / math.sqrt(2)) / 2 for b in bounds) / len(bounds)


def check_power(claim, test, times, level, place):
    stated = claim["power"]
    check(stated["comparisons"] == times, place + "comparisons of the power")
    effect = None if test.z is None else test.z * math.sqrt(1 + 1 / len(test.controls))
    check(near(stated["effect"], effect, 1e-9, 6e-4), place + "the effect")
    sizes = sorted({8, 16, 32, 64, len(test.controls)})
    check([row["n"] for row in stated["z80"]] == [n for n in sizes if 1 < n <= 256], place + "panels")
    for row in stated["z80"]:
        found = power(row["n"], times, row["z80"], level)
        check(abs(found - 0.8) < 0.02, "%sthe power at %r with %d controls is %.3f" % (
            place, row["z80"], row["n"], found))


# ---- Outputs


class Outputs:
    CONTROLS, CLEAN, SHARING, DRAWS, HALF, MEMBER, GROUP, LEVEL = (
        8, 0.01, 3, 2000, 1.5, 2.0, 0.001, 0.05)
    EXACT_LEVEL, EXACT_POSITIONS = 0.25, 128
    confirmations, confirms_all = [], False

    def __init__(self, document):
        self.bundles = document["bundles"]
        for key, value in document["record"].items():
            setattr(self, key, value)

    def need(self, reference):
        """Rival and controls: unrelated to both sides, the rival nearest to the reference."""
        apart = [self.suspect] + reference
        controls = [
            c for c in self.panel
            if all(c != m and c not in self.models[m]["relatives"] for m in apart)]
        if len(controls) < 2:
            return None
        rows = [self.correlations[self.references.index(r)] for r in reference if r in self.references]
        nearness = [sum(row[c] for row in rows) for c in controls]
        return controls[nearness.index(max(nearness))], controls

    def measured(self, reference):
        need = self.need(reference)
        if need is None:
            return None
        rival, controls = need
        members = [self.suspect] + [c for c in controls if c not in (rival, self.suspect)]
        for contrast in self.contrasts:
            if (contrast["reference"], contrast["rival"], contrast["members"]) == (
                    reference, rival, members):
                values = self.values(contrast, range(len(contrast["positions"])))
                return Measured(rival, controls, contrast, ControlTest(values[0], values[1:]))
        check(False, "outputs.json: the contrast of %s is missing" % reference)
        return None

    @staticmethod
    def values(contrast, documents, members=None):
        documents = list(documents)
        count = sum(contrast["positions"][d] for d in documents)
        sums = contrast["sums"] if members is None else [contrast["sums"][m] for m in members]
        result = []
        for row in sums:
            total = 0.0
            for d in documents:
                total += row[d]
            result.append(total / count if count else 0.0)
        return result

    def twin(self, index, singles):
        own = singles[index]
        if own is None or own.rival not in self.references:
            return None
        mate = singles[self.references.index(own.rival)]
        if mate is None or abs(own.test.z or 0) >= self.MEMBER or abs(mate.test.z or 0) >= self.MEMBER:
            return None
        return own.rival

    def results(self):
        singles = [self.measured([r]) for r in self.references]
        found = []
        for index, reference in enumerate(self.references):
            chosen, together = singles[index], [reference]
            if chosen is None:
                found.append(None)
                continue
            twin = self.twin(index, singles)
            pair = self.measured([reference, twin]) if twin is not None else None
            if pair and pair.test.exceeds and pair.test.parametric <= self.GROUP:
                chosen, together = pair, [reference, twin]
            p = chosen.test.parametric
            others = [
                singles[i].test.z for i, r in enumerate(self.references)
                if r not in together and r not in self.models[reference]["relatives"]
                and singles[i] is not None and singles[i].test.z is not None]
            gates = self.gates(chosen, together, others)
            self.confirm(chosen, together, gates)
            found.append((chosen, min(1, 2 * p) if len(together) > 1 else p, gates))
        return found

    def confirm(self, chosen, together, gates):
        """The contrast over exact byte distributions, where a pair across tokenizers exceeds all
        controls: above zero, and at most a quarter of the controls at or above it."""
        own = self.models[self.suspect]["tokenizer"]
        is_across = any(self.models[m]["tokenizer"] != own for m in together)
        exceeds = chosen.test.exceeds and chosen.test.z is not None
        same = [
            c for c in self.confirmations
            if all(c["contrast"][k] == chosen.contrast[k] for k in ("reference", "rival", "members"))]
        is_wanted = self.confirms_all or (exceeds and is_across)
        check(len(same) == is_wanted, "outputs.json: confirmations of %s" % together)
        holds = False
        if same:
            contrast = same[0]["contrast"]
            count = sum(contrast["positions"])
            check(count <= self.EXACT_POSITIONS, "outputs.json: too many exact positions")
            values = self.values(contrast, range(len(contrast["positions"])))
            chosen.exact = ControlTest(values[0], values[1:])
            chosen.exact_positions = count
            holds = count > 0 and values[0] > 0 and chosen.exact.conformal <= self.EXACT_LEVEL
            chosen.holds = holds
        if is_across:
            gates["byte-exact"] = holds or not exceeds

    def gates(self, chosen, together, others):
        models, test, controls = self.models, chosen.test, chosen.controls
        text = {tag for m in together for tag in models[m]["training_text"]}
        own = models[self.suspect]["tokenizer"]
        sharing = sum(
            models[c]["tokenizer"] == own for c in controls if c not in (chosen.rival, self.suspect))
        is_shared = all(models[m]["tokenizer"] == own for m in together)
        losses = [models[c]["nats_per_byte"] for c in controls]
        margin = max(losses) - min(losses)
        loss = models[self.suspect]["nats_per_byte"]
        return {
            "enough-controls": len(test.controls) >= self.CONTROLS,
            "controls-clean": min(test.leave_one_out(), default=1) > self.CLEAN,
            "same-data-control": any(text & set(models[c]["training_text"]) for c in controls),
            "same-tokenizer": sharing >= (self.SHARING if is_shared else 1),
            "era": min(losses) - margin <= loss <= max(losses) + margin,
            "siblings": True,
            "specific": self.specific(chosen, others),
            "stable": self.stable(chosen),
        }

    def specific(self, chosen, others):
        if chosen.test.z is None or not chosen.test.exceeds:
            return True
        if others and max(others) > chosen.test.z:
            return False
        random, contrast = Philox(self.seed, 1), chosen.contrast
        count = len(contrast["positions"])
        draws = sorted(
            self.values(contrast, [random.below(count) for _ in range(count)], [0])[0]
            for _ in range(self.DRAWS))
        return draws[self.DRAWS // 40] > 0

    def stable(self, chosen):
        if not chosen.test.exceeds:
            return True
        order = Philox(self.seed, 2).permutation(len(chosen.contrast["positions"]))
        half = len(order) // 2
        tests = [self.values(chosen.contrast, part) for part in (order[:half], order[half:])]
        return all((ControlTest(v[0], v[1:]).z or 0) > self.HALF for v in tests)


class Measured:
    def __init__(self, rival, controls, contrast, test):
        self.rival, self.controls, self.contrast, self.test = rival, controls, contrast, test
        self.exact = None


def check_outputs(verdict, document, seed):
    claims = [c["output_descent"] for c in verdict["comparisons"]]
    if document is None:
        check(all(c["verdict"] == "not-tested" for c in claims), "a verdict without outputs.json")
        return 0
    outputs = Outputs(document)
    check(outputs.seed == seed, "the seed is not drawn from the probes")
    results = outputs.results()
    relatives = outputs.models[outputs.suspect]["relatives"]
    rows = []
    for comparison in verdict["comparisons"]:
        bundle = comparison["reference"]["fingerprint"]
        index = outputs.bundles.index(bundle) if bundle in outputs.bundles else None
        is_tested = index in outputs.references and index != outputs.suspect
        rows.append(
            results[outputs.references.index(index)]
            if is_tested and index not in relatives else None)
    adjusted = iter(holm([row[1] for row in rows if row]))
    for number, (claim, row) in enumerate(zip(claims, rows)):
        place = "comparison %d, outputs: " % number
        if row is None:
            check(claim["verdict"] == "not-tested", place + "a verdict on a pair that is not tested")
            continue
        (chosen, parametric, gates), p = row, next(adjusted)
        test = chosen.test
        exceeds = test.exceeds and test.z is not None
        gates["adjusted"] = not exceeds or p <= outputs.LEVEL
        check(claim["rival"] == outputs.models[chosen.rival]["id"], place + "another rival")
        for key, value in {
                "statistic": test.z or 0, "contrast": test.value, "p_value": test.conformal,
                "p_floor": test.floor, "controls": len(test.controls)}.items():
            check(near(claim[key], value), "%s%s is %r, not %r" % (place, key, claim[key], value))
        for key, value in {"p_parametric": parametric, "p_adjusted": p}.items():
            # Assay's finite series keeps about 1e-16 of one.
            check(near(claim[key], value, 1e-6, 1e-13), "%s%s is %r, not %r" % (place, key, claim[key], value))
        check((chosen.exact is None) == ("confirmation" not in claim), place + "confirmation")
        if chosen.exact is not None:
            exact, told = chosen.exact, claim.get("confirmation", {})
            check(told.get("positions") == chosen.exact_positions, place + "exact positions")
            check(told.get("holds") == chosen.holds, place + "the confirmation holds")
            if chosen.exact_positions:
                for key, value in {
                        "statistic": exact.z or 0, "contrast": exact.value,
                        "p_conformal": exact.conformal}.items():
                    check(near(told.get(key), value), "%sexact %s is not %r" % (place, key, value))
        compared = sum(row is not None for row in rows)
        check(claim["comparisons"] == compared, place + "the number of comparisons")
        times = compared * len(chosen.contrast["reference"])
        check_power(claim, test, times, outputs.LEVEL, place)
        said = {gate["name"]: gate["passed"] for gate in claim["gates"]}
        for name in sorted(set(said) | set(gates)):
            check(said.get(name) == gates.get(name), "%sgate %s" % (place, name))
        answer = (
            "inconclusive" if not all(gates.values()) else "inherits" if exceeds else "no-evidence")
        if shares_output_space(claim, place):
            answer = "shared-output-space"
        check(claim["verdict"] == answer, "%sthe verdict is %s, not %s" % (place, claim["verdict"], answer))
    return sum(row is not None for row in rows)


def shares_output_space(claim, place):
    """Rung 4 by its rule; the residual itself is seen in logits, which a pack does not hold."""
    rung = next((r for r in claim["rungs"] if r["rung"] == 4), {})
    if "residual" not in rung:
        return False
    nearest = rung.get("nearest_control")
    follows = rung["residual"] <= rung["tolerance"] <= 0.02 and (
        nearest is None or nearest > 3 * rung["tolerance"])
    check((rung["outcome"] == "yes") == follows, place + "rung 4 is not what its residual gives")
    return follows and nearest is not None


# ---- Weights


def log_mean(values):
    """ln of the mean of exp."""
    largest = max(values)
    return largest + math.log(sum(math.exp(v - largest) for v in values) / len(values))


BASES = [2.0 ** k for k in range(10)]


def log10_block(match):
    """log10 e-value of a block: by position, or by order where widths differ."""
    if "coincidences" in match:
        f = match["coincidences"]
        return log_mean([f * math.log(b) - (b - 1) for b in BASES]) / math.log(10)
    r, k = match["mutual"], match["longest_run"]
    tail = 0.0
    if 0 < k <= r:
        tail = min(0.0, (
            math.lgamma(r + 1) - 2 * math.lgamma(k + 1) - math.lgamma(r - k + 1)) / math.log(10))
    return -0.5 * tail - math.log10(2)


def log10_mean(values):
    return log_mean([v * math.log(10) for v in values]) / math.log(10)


def log_bound(units, base):
    """ln of the bound on the mean of base^F for a block of few units."""
    term = total = 1.0
    for k in range(1, units + 1):
        term *= (base - 1) / k
        total += term
    return math.log(total)


def log10_pooled(family):
    """Few units a block: the suspect's block by likeness, clusters multiplied at one base."""
    clusters = {}
    for cluster, row in zip(family["clusters"], family["matches"]):
        known = [(m["mean_best"], -i, m) for i, m in enumerate(row) if m is not None and "coincidences" in m]
        if known:
            match = max(known, key=lambda entry: entry[:2])[2]
            clusters.setdefault(cluster, []).append((match["coincidences"], match["tested"]))
    if not clusters:
        return None
    return log_mean([
        sum(log_mean([f * math.log(b) - log_bound(n, b) for f, n in blocks]) for blocks in clusters.values())
        for b in BASES]) / math.log(10)


def log10_family(family):
    """Mean over the suspect's blocks and within a cluster, product over clusters; None if nothing
    was tested."""
    if family["pooled"]:
        return log10_pooled(family)
    clusters = {}
    for cluster, row in zip(family["clusters"], family["matches"]):
        values = [log10_block(m) for m in row if m is not None]
        if values:
            clusters.setdefault(cluster, []).append(log10_mean(values))
    return sum(map(log10_mean, clusters.values())) if clusters else None


def agreement_share(family):
    agreed = tested = 0
    for row in family["matches"]:
        known = [m for m in row if m is not None and "agreements" in m]
        if known:
            best = max(known, key=lambda m: m["agreements"])
            agreed, tested = agreed + best["agreements"], tested + best["tested"]
    return agreed / tested if tested else None


def views(record):
    """Two views of a unit, on the vocabulary and then on activations: the verdict and log10 p."""
    seen = record["activations"]
    tests = [
        (agreement_share(record["families"][1]), record["control_shares"]),
        (seen["share"], seen["control_shares"]) if seen else (None, [])]
    striking = [s is not None and s >= 0.25 and s > 1.5 * max(c, default=0) for s, c in tests]
    for order, (share, controls) in enumerate(tests):
        if striking[order] and len(controls) >= 8:
            p = (1 + sum(c >= share for c in controls)) / (len(controls) + 1)
            return "related", math.log10(min(1, p * (order + 1)))
    units, _, coordinates = (any(any(row) for row in f["matches"]) for f in record["families"][:3])
    blind = tests[0][0] is None and len(tests[1][1]) < 8 and units and not coordinates
    return ("inconclusive" if any(striking) or blind else "no-evidence"), None


def check_weights(verdict, models, document):
    claims = [c["weight_lineage"] for c in verdict["comparisons"]]
    if document is None:
        check(all(c["verdict"] == "not-tested" for c in claims), "a verdict without weights.json")
        return 0
    for number, (comparison, record) in enumerate(zip(verdict["comparisons"], document["comparisons"])):
        claim, place = comparison["weight_lineage"], "comparison %d, weights: " % number
        pair = [models["identities"][m["fingerprint"]] for m in (verdict["suspect"], comparison["reference"])]
        files = [
            sorted(f["sha256"] for f in m["files"] if f["path"] in {t["file"] for t in m.get("tensors", [])})
            for m in pair]
        same_bytes = pair[0]["files_root"] == pair[1]["files_root"] or (files[0] and files[0] == files[1])
        check((claim["verdict"] == "same-bytes") == bool(same_bytes), place + "digests of files")
        if claim["verdict"] in ("same-bytes", "same-tensors") or same_bytes:
            continue  # certificates: digests, or a map that needs the weights
        values = [e for e in map(log10_family, record["families"]) if e is not None] if record else []
        if not values:
            check(claim["verdict"] == "not-tested", place + "a verdict without a test")
            continue
        e = log10_mean(values)
        check(near(claim["log10_e_value"], e), "%slog10 e is %r, not %r" % (place, claim["log10_e_value"], e))
        log10_p, answer = min(0.0, -e), "no-evidence"
        if e - math.log10(len(claims)) >= 6:
            answer = "related"
        else:
            answer, log10_views = views(record)
            log10_p = log10_p if log10_views is None else log10_views
        check(claim["verdict"] == answer, "%sthe verdict is %s, not %s" % (place, claim["verdict"], answer))
        check(near(claim["log10_p_value"], log10_p), "%slog10 p is %r, not %r" % (place, claim["log10_p_value"], log10_p))
        check(near(claim["p_value"], max(1e-300, 10 ** log10_p)), place + "p")
    return len(claims)


# ---- The whole


def main(folder):
    def document(name):
        path = os.path.join(folder, name)
        if not os.path.exists(path):
            return None
        with open(path, encoding="utf-8") as file:
            return json.load(file)

    listed = {f["path"]: f for f in document("manifest.json")["files"]}
    found = set()
    for root, _, names in os.walk(folder):
        for name in names:
            path = os.path.relpath(os.path.join(root, name), folder).replace(os.sep, "/")
            if path == "manifest.json":
                continue
            found.add(path)
            with open(os.path.join(folder, path), "rb") as file:
                data = file.read()
            entry = listed.get(path, {})
            check(
                entry.get("sha256") == "sha256:" + hashlib.sha256(data).hexdigest()
                and entry.get("bytes") == len(data), path + " is not as the manifest says")
    check(found == set(listed), "files and manifest name different paths")

    verdict, outputs = document("verdict.json"), document("outputs.json")
    seed = None
    if outputs is not None:
        with open(os.path.join(folder, "probes.jsonl"), encoding="utf-8") as file:
            texts = [json.loads(line)["text"].encode() for line in file.read().split("\n") if line]
        body = b"assay/probes/v1\n%d\n" % len(texts) + b"".join(b"%d\n" % len(t) + t for t in texts)
        digest = hashlib.sha256(body).digest()
        seed = int.from_bytes(digest[-8:], "big")
        for comparison in verdict["comparisons"]:
            named = comparison["output_descent"].get("probes", "sha256:" + digest.hex())
            check(named == "sha256:" + digest.hex(), "the probes have another digest")
    tested = check_outputs(verdict, outputs, seed)
    weighed = check_weights(verdict, document("models.json"), document("weights.json"))
    for difference in differences:
        print("differs: " + difference)
    if not differences:
        print("agrees: %d files, %d output and %d weight comparisons" % (len(found), tested, weighed))
    return 1 if differences else 0


if __name__ == "__main__":
    if len(sys.argv) != 2:
        print(__doc__.split("\n")[0], file=sys.stderr)
        sys.exit(2)
    try:
        sys.exit(main(sys.argv[1]))
    except (OSError, ValueError, KeyError, TypeError, IndexError, AttributeError) as error:
        print("differs: the pack cannot be read (%s: %s)" % (type(error).__name__, error))
        sys.exit(1)
