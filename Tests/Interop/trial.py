#!/usr/bin/env python3
"""Checks a revealed trial and computes its p-values, without a line of Assay.

  trial.py FOLDER [--scores FILE [--reference-scores FILE]...] [--pub STATEMENT.pub.pem]

Standard library alone (openssl, if it is there and --pub is given, checks the signature). Written
from Ledger/README.md: salts, leaves, Merkle root, coins, the record in the signed entry, the record
of deliveries, and the way from each entry to the root of the log's checkpoint. With scores: the exact sign test and the
Chernoff bound on the clipped sum, after the regression of the plan, and for further looks the
largest value of the bet on the signs. Prints one JSON object;
exit 0 if everything holds, 1 if something does not.
"""
import argparse
import base64
import hashlib
import json
import math
import pathlib
import subprocess
import sys
import tempfile


def sha(data):
    return hashlib.sha256(data).digest()


def tagged(data):
    return "sha256:" + sha(data).hex()


def be64(index):
    return index.to_bytes(8, "big")


def lines(path):
    return [json.loads(line) for line in path.read_text("utf-8").split("\n") if line.strip()]


def canonical(value):
    return json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=False).encode()


def tree(hashes):
    if len(hashes) == 1:
        return hashes[0]
    split = 1
    while split * 2 < len(hashes):
        split *= 2
    return sha(b"\x01" + tree(hashes[:split]) + tree(hashes[split:]))


def leaf(pair, salt_key):
    index = be64(pair["index"])
    entry = index + sha(salt_key + index)
    for key in ("prompt", "a", "b"):
        entry += sha(pair[key].encode())
    if "a_ids" in pair:
        ids = {"a": pair["a_ids"], "b": pair["b_ids"], "prompt": pair["prompt_ids"]}
        entry += sha(canonical(ids))
    return sha(b"\x00" + entry)


def climb(entry, index, size, path):
    """The root that an inclusion path leads to (RFC 9162, 2.1.3.2)."""
    node, fn, sn = sha(b"\x00" + entry), index, size - 1
    for sibling in path:
        if sn == 0:
            return None
        if fn & 1 or fn == sn:
            node = sha(b"\x01" + sibling + node)
            while not fn & 1 and fn:
                fn, sn = fn >> 1, sn >> 1
        else:
            node = sha(b"\x01" + node + sibling)
        fn, sn = fn >> 1, sn >> 1
    return node if sn == 0 else None


def receipt(entry, text):
    head, note = text.split("\n\n", 1)
    rows = head.split("\n")
    index = next(int(row[6:]) for row in rows if row.startswith("index "))
    path = [base64.b64decode(row) for row in rows[1:] if " " not in row]
    _, size, root = note.split("\n")[:3]
    return climb(entry, index, int(size), path) == base64.b64decode(root)


def signed(envelope, pub):
    payload = base64.b64decode(envelope["payload"])
    kind = envelope["payloadType"].encode()
    message = b"DSSEv1 %d %s %d %s" % (len(kind), kind, len(payload), payload)
    with tempfile.TemporaryDirectory() as folder:
        folder = pathlib.Path(folder)
        (folder / "m").write_bytes(message)
        (folder / "s").write_bytes(base64.b64decode(envelope["signatures"][0]["sig"]))
        command = ["openssl", "dgst", "-sha256", "-verify", pub, "-signature", folder / "s",
                   folder / "m"]
        return subprocess.run(command, capture_output=True).returncode == 0


def coins(customer, beacon, count):
    secret = bytes.fromhex(customer["secret_hex"])
    return [sha(secret + beacon + be64(i))[0] & 1 for i in range(count)]


def served_line(pair, coin):
    """What the customer got, as the bytes of a line."""
    side = "ab"[coin]
    line = {"index": pair["index"], "prompt": pair["prompt"], "completion": pair[side]}
    if "a_ids" in pair:
        line["prompt_ids"], line["completion_ids"] = pair["prompt_ids"], pair[side + "_ids"]
    return canonical(line)


def recorded(path):
    """The readable lines of a record of deliveries; others are told of by the line after them."""
    rows, torn = [], b""
    for piece in path.read_bytes().splitlines(keepends=True):
        try:
            row = json.loads(piece)
        except ValueError:
            row = {}
        row = row if isinstance(row, dict) else {}
        tells = row.get("torn_bytes") == len(torn) and row.get("torn_sha256") == tagged(torn)
        if row.get("number") == len(rows) and (tells if torn else "line_sha256" in row):
            rows.append((piece.rstrip(b"\n"), row))
            torn = b""
        else:
            torn += piece
    return rows


def deliveries(folder, record_bytes, name, pairs, served_b):
    """Each entry against its coin, and each root in the log against the entries."""
    place = folder / "customers" / name
    if not (place / "deliveries.jsonl").exists():
        return {}
    rows = recorded(place / "deliveries.jsonl")
    checks = {"deliveries to " + name: all(
        row["customer"] == name
        and row["line_sha256"] == tagged(served_line(pairs[row["index"]], served_b[row["index"]]))
        for _, row in rows if "line_sha256" in row)}
    for proof in sorted(place.glob("delivered/*.tlog-proof")):
        count = int(proof.name.split(".")[0])
        entry = (place / "delivered" / f"{count}.entry.json").read_bytes()
        said = json.loads(base64.b64decode(json.loads(entry)["payload"]))["predicate"]
        leaves = [sha(b"\x00" + line) for line, _ in rows[:count]]
        checks[f"delivered to {name}, {count} lines"] = (
            said["record"] == tagged(record_bytes) and said["customer"] == name
            and said["lines"] == count == len(leaves)
            and said["lines_root"] == "sha256:" + tree(leaves).hex()
            and receipt(entry, proof.read_text()))
    return checks


def differences(path):
    rows = {row["index"]: row for row in lines(path)}
    return {i: r["log_prob_a"] - r["log_prob_b"] for i, r in rows.items()
            if isinstance(r.get("log_prob_a"), (int, float))
            and isinstance(r.get("log_prob_b"), (int, float))}


def solve(matrix, vector):
    """Gauss with pivots; the matrix is small."""
    size = len(vector)
    rows = [list(row) + [value] for row, value in zip(matrix, vector)]
    for column in range(size):
        best = max(range(column, size), key=lambda r: abs(rows[r][column]))
        rows[column], rows[best] = rows[best], rows[column]
        for other in range(size):
            if other != column:
                factor = rows[other][column] / rows[column][column]
                rows[other] = [x - factor * y for x, y in zip(rows[other], rows[column])]
    return [rows[i][size] / rows[i][i] for i in range(size)]


def residuals(own, references, ridges):
    """Least squares through the origin with the ridge of least leave-one-out error."""
    columns = [column for column in references[: len(own) // 3] if any(column)]
    if not columns:
        return own
    scales = [math.sqrt(sum(x * x for x in column)) for column in columns]
    columns = [[x / scale for x in column] for column, scale in zip(columns, scales)]
    size, best = len(columns), None
    for ridge in ridges:
        gram = [[sum(x * y for x, y in zip(a, b)) + ridge * (a is b) for b in columns]
                for a in columns]
        theta = solve(gram, [sum(x * y for x, y in zip(a, own)) for a in columns])
        units = [solve(gram, [float(i == j) for j in range(size)]) for i in range(size)]
        left, error = [], 0.0
        for index, value in enumerate(own):
            row = [column[index] for column in columns]
            rest = value - sum(t * x for t, x in zip(theta, row))
            pull = sum(x * sum(u * y for u, y in zip(unit, row)) for x, unit in zip(row, units))
            left.append(rest)
            error += (rest / max(1 - pull, 1e-9)) ** 2
        if best is None or error < best[0]:
            best = (error, left)
    return best[1]


def earlier_residuals(own, references, ridge):
    """The same for further looks: the fit of a pair uses the pairs before it."""
    size = len(references)
    if not references or len(own) < 3 * size:
        return own
    gram, moments = [[0.0] * size for _ in range(size)], [0.0] * size
    left = []
    for index, value in enumerate(own):
        row = [column[index] for column in references]
        if index >= 3 * size:
            scales = [math.sqrt(gram[i][i]) or 1.0 for i in range(size)]
            scaled = [[gram[i][j] / (scales[i] * scales[j]) + ridge * (i == j)
                       for j in range(size)] for i in range(size)]
            theta = solve(scaled, [m / s for m, s in zip(moments, scales)])
            left.append(value - sum(t / s * x for t, s, x in zip(theta, scales, row)))
        else:
            left.append(value)
        for i in range(size):
            moments[i] += row[i] * value
            for j in range(size):
                gram[i][j] += row[i] * row[j]
    return left


def highest_bet(won, steps=2000):
    """log10 of the largest value of the e-process: Beta(1/2, 1/2) folded onto 1/2 to 1."""
    width = math.pi / 4 / steps
    nodes = [(math.log(math.sin(math.pi / 4 + width * i)), math.log(math.cos(
        math.pi / 4 + width * i)), 4 if i % 2 else 2) for i in range(1, steps)]
    best, wins = 0.0, 0
    for count, is_won in enumerate(won, 1):
        wins += is_won
        terms = [(2 * wins * s + 2 * (count - wins) * c, weight) for s, c, weight in nodes]
        terms.append((-count * math.log(2), 1))
        if wins == count:
            terms.append((0.0, 1))
        top = max(value for value, _ in terms)
        total = sum(weight * math.exp(value - top) for value, weight in terms)
        value = count * math.log(2) + top + math.log(total * width / 3 * 4 / math.pi)
        best = max(best, value / math.log(10))
    return best


def further(own, references, served_b, ridges):
    usable = [i for i in range(len(served_b)) if i in own and all(i in r for r in references)]
    raw = [own[i] for i in usable]
    values = earlier_residuals(raw, [[r[i] for i in usable] for r in references], ridges[0])
    least = 1e-9 * max(map(abs, raw), default=0)
    return highest_bet([(value > 0) != bool(served_b[index])
                        for index, value in zip(usable, values) if abs(value) > least])


def tests(own, references, served_b, ridges):
    usable = [i for i in range(len(served_b)) if i in own and all(i in r for r in references)]
    raw = [own[i] for i in usable]
    values = residuals(raw, [[r[i] for i in usable] for r in references], ridges)
    least = 1e-9 * max(map(abs, raw), default=0)
    kept = [(abs(value), (value > 0) != bool(served_b[index]))
            for index, value in zip(usable, values) if abs(value) > least]
    sizes = sorted(size for size, _ in kept)
    middle = len(sizes) // 2
    median = sizes[middle] if len(sizes) % 2 else (sizes[middle - 1] + sizes[middle]) / 2
    clipped = [(min(size, 3 * median), won) for size, won in kept]
    wins = sum(won for _, won in kept)
    tail = sum(math.comb(len(kept), k) for k in range(wins, len(kept) + 1))
    total = sum(size if won else -size for size, won in clipped)
    return {"pairs": len(kept), "wins": wins,
            "log10_sign_p": math.log10(tail) - len(kept) * math.log10(2),
            "log10_p_bound": chernoff(total, [size for size, _ in clipped])}


def chernoff(total, sizes):
    if total <= 0:
        return 0.0

    def exponent(x):
        return -x * total + sum(
            x * s + math.log1p(math.exp(-2 * x * s)) - math.log(2) for s in sizes)

    low, high = 0.0, 20 * total / sum(s * s for s in sizes)
    for _ in range(200):
        a, b = low + (high - low) / 3, high - (high - low) / 3
        low, high = (low, b) if exponent(a) < exponent(b) else (a, high)
    return min(0.0, exponent((low + high) / 2) / math.log(10))


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("folder", type=pathlib.Path)
    parser.add_argument("--scores", type=pathlib.Path)
    parser.add_argument("--reference-scores", type=pathlib.Path, action="append", default=[])
    parser.add_argument("--pub")
    options = parser.parse_args()
    folder = options.folder
    key = json.loads((folder / "key.json").read_text())
    record_bytes = (folder / "record.json").read_bytes().rstrip(b"\n")
    record = json.loads(record_bytes)
    entry = (folder / "entry.json").read_bytes()
    envelope = json.loads(entry)
    pairs = sorted(lines(folder / "pairs.jsonl"), key=lambda pair: pair["index"])
    salt_key = bytes.fromhex(key["salt_key_hex"])
    committed = {c["name"]: c["commitment"] for c in record["customers"]}
    statement = json.loads(base64.b64decode(envelope["payload"]))
    root = "sha256:" + tree([leaf(pair, salt_key) for pair in pairs]).hex()
    checks = {
        "texts": root == record["pairs_root"] and len(pairs) == record["pairs"],
        "secrets": all(committed.get(c["name"]) == tagged(bytes.fromhex(c["secret_hex"]))
                       for c in key["customers"]),
        "statement": statement["predicate"] == record,
        "subject": statement["subject"][0]["digest"]["sha256"] == root[7:],
        "receipt": receipt(entry, (folder / "receipt.tlog-proof").read_text()),
    }
    beacon = record["beacon"]
    if beacon and beacon["value_hex"] is None:
        later = (folder / "beacon-entry.json").read_bytes()
        said = json.loads(base64.b64decode(json.loads(later)["payload"]))["predicate"]
        checks["beacon"] = said["record"] == tagged(record_bytes)
        checks["beacon-receipt"] = receipt(
            later, (folder / "beacon-receipt.tlog-proof").read_text())
        beacon = said["beacon"]
    value = bytes.fromhex(beacon["value_hex"]) if beacon else b""
    tossed = {c["name"]: coins(c, value, len(pairs)) for c in key["customers"]}
    for name, served_b in tossed.items():
        stated = lines(folder / "customers" / name / "coins.jsonl")
        checks["coins of " + name] = [row["served"] for row in stated] == [
            "ab"[coin] for coin in served_b]
        checks.update(deliveries(folder, record_bytes, name, pairs, served_b))
    if options.pub:
        checks["signature"] = signed(envelope, options.pub)
    answer = {"checks": checks, "ok": all(checks.values())}
    if options.scores:
        own = differences(options.scores)
        others = [differences(path) for path in options.reference_scores]
        digest = tagged((folder / "pairs.jsonl").read_bytes())
        answer["scores_tied"] = all(
            row.get("pairs_sha256") == digest
            for path in [options.scores] + options.reference_scores for row in lines(path))
        answer["tests"] = {name: tests(own, others, served_b, record["plan"]["ridges"])
                           for name, served_b in tossed.items()}
        for name, served_b in tossed.items():
            answer["tests"][name]["log10_e_highest"] = further(
                own, others, served_b, record["plan"]["ridges"])
    print(json.dumps(answer, sort_keys=True))
    sys.exit(0 if answer["ok"] else 1)


if __name__ == "__main__":
    main()
