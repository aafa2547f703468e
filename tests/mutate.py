"""Changes one decisive condition of the core at a time and says which changes no unit test notices.

    python3 tests/mutate.py build/dev [WORD]    those of TABLE with WORD in their file

Run by hand: each change builds the core and the unit tests anew. What survives is a condition
without a trace that needs it, or one that can go. The source is put back after each change.

SPDX-License-Identifier: GPL-2.0-or-later
"""
import pathlib
import subprocess
import sys

CORE = pathlib.Path(__file__).resolve().parents[1] / "plugin/core"

# (file, text that is in it once, what stands there instead)
TABLE = [
    ("ending/lifetimes.c", "number <= lifetimes->survived ||", ""),
    ("ending/lifetimes.c", "lifetimes->is_mixed[1] ||", ""),
    ("ending/lifetimes.c", "(said == 0 && lifetimes->is_mixed[0])", "false"),
    ("ending/lifetimes.c", "events >= EVENTS_MIN &&", ""),
    ("ending/lifetimes.c", "most_number > least_number", "true"),
    ("ending/lifetimes.c", "are_goaways && events >= JITTERED_EVENTS_MIN", "are_goaways"),
    ("ending/lifetimes.c", "if (!end->is_in_use) {", "if (false) {"),
    ("ending/evictions.c", "link == the->idle.tail ||", ""),
    ("ending/evictions.c", "!is_least_recently_used(the, link, end->at.ns)",
     "(false && !is_least_recently_used(the, link, end->at.ns))"),
    ("ending/evictions.c", "(kept > 1 || keeps_one", "(kept > 0 || keeps_one"),
    ("ending/evictions.c", "one->beside >= kept &&", ""),
    ("ending/programs.c", "server->accepted_ns <= it->ending->at.ns ||", ""),
    ("ending/programs.c", "event->has_survivor ||", ""),
    ("ending/programs.c", "may_have_expired(it, event) ||", ""),
    ("ending/programs.c", "hr_case_fits_idle_timer(it, HR_SIDE_SERVER)) {", "false) {"),
    ("ending/timers.c", "idle_ns <= origin->longest_reused_ns ||", ""),
    ("ending/timers.c", "ending->is_timer_named || hr_product_set_is_empty(&named)", "true"),
    ("ending/timers.c", "->repeats >= REPEATS_IN_VAIN", "->repeats > REPEATS_IN_VAIN"),
    ("ending/messages.c", "(is_said || products->is_relayed ||",
     "(is_said || !is_said || products->is_relayed ||"),
    ("opening/settle.c", "idle->is_bound_to_user ||", ""),
    ("follow/http1.c", "client->acked > client->sent ||", ""),
    ("follow/http1_answers.c", "client->acked <= head->begin", "true"),
]


def noticed(build):
    """Whether the unit tests fail, or the core does not build without a warning."""
    made = subprocess.run(["cmake", "--build", build], capture_output=True, check=False)
    if made.returncode != 0:
        return "does not build"
    tests = subprocess.run(["ctest", "--test-dir", build, "-L", "unit", "-E", "fuzz"],
                           capture_output=True, check=False)
    return "noticed" if tests.returncode != 0 else None


def main(build, word=""):
    survivors = 0
    for name, old, new in TABLE:
        path = CORE / name
        source = path.read_text(encoding="utf-8")
        if word not in name:
            continue
        if source.count(old) != 1:
            sys.exit(f"{name}: {source.count(old)} times: {old}")
        try:
            path.write_text(source.replace(old, new), encoding="utf-8")
            said = noticed(build)
        finally:
            path.write_text(source, encoding="utf-8")
        survivors += said is None
        print(f"{said or 'SURVIVES':14} {name}: {old} -> {new or '(nothing)'}", flush=True)
    subprocess.run(["cmake", "--build", build], capture_output=True, check=True)
    print(f"{survivors} survive")


if __name__ == "__main__":
    main(*sys.argv[1:])
