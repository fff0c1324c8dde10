"""Small programs with a gradient that is None or zero, one for each reason; `# here` marks the line that is to be named."""

import threading
from typing import Any

import numpy as np

import unigrad as ug
import unigrad.tf as tf

Asked = tuple[Any, Any, Any]  # tape, target, source


def data() -> Any:
    return ug.asarray([1.0, 2.0, 3.0])


def weight() -> Any:
    return ug.Variable([1.0, 2.0, 3.0], name="w")


def never_watched() -> Asked:
    x, w = data(), weight()
    with ug.GradientTape() as tape:
        y = x * w  # here
    return tape, y, x


def not_trainable() -> Asked:
    w = ug.Variable([1.0, 2.0], trainable=False)
    with ug.GradientTape() as tape:
        y = w * w
    return tape, y, w


def variables_not_watched() -> Asked:
    w = weight()
    with ug.GradientTape(watch_accessed_variables=False) as tape:
        y = w * w
    return tape, y, w


def a_variable_that_became_a_tensor() -> Asked:
    w = weight()
    w = w - 0.1
    with ug.GradientTape() as tape:
        y = w * w
    return tape, y, w


def watched_late() -> Asked:
    x, w = data(), weight()
    with ug.GradientTape() as tape:
        y = x * w
        tape.watch(x)  # here
    return tape, y, x


def watched_late_alone() -> Asked:
    x = data()
    with ug.GradientTape() as tape:
        y = x * x
        tape.watch(x)  # here
    return tape, y, x


def integers() -> Asked:
    x = ug.asarray([1, 2, 3])
    w = weight()
    with ug.GradientTape() as tape:
        y = x * w
    return tape, y, x


def by_numpy() -> Asked:
    x, w = data(), weight()
    with ug.GradientTape() as tape:
        tape.watch(x)
        a = np.exp((x * 2.0).numpy())  # here
        y = w * ug.asarray(a)
    return tape, y, x


def by_float() -> Asked:
    x, w = data(), weight()
    with ug.GradientTape() as tape:
        tape.watch(x)
        y = w * float(ug.sum(x))  # here
    return tape, y, x


def by_item() -> Asked:
    x, w = data(), weight()
    with ug.GradientTape() as tape:
        tape.watch(x)
        total = ug.sum(x)
        y = w * total.item()  # here
    return tape, y, x


def by_int() -> Asked:
    x, w = data(), weight()
    with ug.GradientTape() as tape:
        tape.watch(x)
        y = w * int(x[0])  # here
    return tape, y, x


def by_complex() -> Asked:
    x, w = data(), weight()
    with ug.GradientTape() as tape:
        tape.watch(x)
        y = w * complex(x[0]).real  # here
    return tape, y, x


def by_tolist() -> Asked:
    x, w = data(), weight()
    with ug.GradientTape() as tape:
        tape.watch(x)
        y = w * ug.asarray(x.tolist())  # here
    return tape, y, x


def by_raw() -> Asked:
    x, w = data(), weight()
    with ug.GradientTape() as tape:
        tape.watch(x)
        native = x.raw  # here
        y = w * ug.asarray(native * 2)
    return tape, y, x


def a_variable_by_numpy() -> Asked:
    w, v = weight(), weight()
    with ug.GradientTape() as tape:
        y = v * ug.asarray(w.numpy())  # here
    return tape, y, w


def a_variable_by_float() -> Asked:
    w, v = ug.Variable(2.0), weight()
    with ug.GradientTape() as tape:
        y = v * float(w)  # here
    return tape, y, w


def stopped() -> Asked:
    x, w = data(), weight()
    with ug.GradientTape() as tape:
        tape.watch(x)
        y = w * tf.stop_gradient(ug.exp(x))  # here
    return tape, y, x


def stopped_by_detach() -> Asked:
    x, w = data(), weight()
    with ug.GradientTape() as tape:
        tape.watch(x)
        print(f"{float(x[0])}", end="")
        kept = ug.exp(x).detach()  # here
        y = w * (kept + w)
    return tape, y, x


def assigned() -> Asked:
    x, w = data(), weight()
    with ug.GradientTape() as tape:
        tape.watch(x)
        w.assign(x * 2.0)  # here
        y = w * w
    return tape, y, x


def assigned_sub() -> Asked:
    x, w = data(), weight()
    with ug.GradientTape() as tape:
        tape.watch(x)
        w.assign_sub(x * 2.0)  # here
        y = w * w
    return tape, y, x


def written_over_by_out() -> Asked:
    x, w = data(), weight()
    with ug.GradientTape() as tape:
        tape.watch(x)
        np.add(w, 1.0, out=x)  # here
        y = x * x
    return tape, y, x


def written_over() -> Asked:
    x, w = data(), weight()
    with ug.GradientTape() as tape:
        tape.watch(x)
        x[...] = w  # here
        y = x * x
    return tape, y, x


def written_over_in_parts() -> Asked:
    x = data()
    with ug.GradientTape() as tape:
        tape.watch(x)
        h = x * 2.0
        h[:] = 1.0  # here
        y = h * h
    return tape, y, x


def paused() -> Asked:
    x = data()
    with ug.GradientTape() as tape:
        tape.watch(x)
        with tape.stop_recording():
            y = x * x  # here
    return tape, y, x


def paused_at() -> Asked:
    x = data()
    with ug.GradientTape() as tape:
        tape.watch(x)
        with tape.stop_recording():  # here
            y = x * x
    return tape, y, x


def a_part_while_paused() -> Asked:
    x, w = data(), weight()
    with ug.GradientTape() as tape:
        tape.watch(x)
        with tape.stop_recording():  # here
            a = ug.exp(x)
        y = w * a
    return tape, y, x


def branch() -> Asked:
    x, w = data(), weight()
    with ug.GradientTape() as tape:
        tape.watch(x)
        y = w * w if ug.sum(x) > 0.0 else w * x  # here
    return tape, y, x


def branch_on_another() -> Asked:
    x, w = data(), weight()
    with ug.GradientTape() as tape:
        tape.watch(x)
        if ug.max(w) > 1.0:  # here
            y = w * w
        else:
            y = w * x
    return tape, y, x


def unused() -> Asked:
    x, w = data(), weight()
    with ug.GradientTape() as tape:
        tape.watch(x)
        y = w * w
    return tape, y, x


def a_variable_unused() -> Asked:
    v, w = weight(), weight()
    with ug.GradientTape() as tape:
        y = w * w
    return tape, y, v


def no_path() -> Asked:
    x, w = data(), weight()
    with ug.GradientTape() as tape:
        tape.watch(x)
        ug.exp(x)  # here
        y = w * w
    return tape, y, x


@ug.custom_gradient
def first_of_two(x: Any, y: Any) -> Any:
    return x * y, lambda u: (u * y, None)


def pulled_back_to_none() -> Asked:
    @ug.custom_gradient
    def scaled(x: Any, factor: Any) -> Any:
        def grad_fn(u: Any) -> Any:  # here
            return u * factor, None

        return x * factor, grad_fn

    x, w = data(), weight()
    with ug.GradientTape(persistent=True) as tape:
        tape.watch(x)
        y = scaled(w, x * 2.0) + first_of_two(w, x)
    return tape, y, x


def pulled_back_to_none_and_asked_before() -> Asked:
    @ug.custom_gradient
    def both(x: Any, y: Any) -> Any:
        def grad_fn(u: Any, v: Any) -> Any:  # here
            return u + v, None

        return (x + y, x - y), grad_fn

    x, w = data(), weight()
    with ug.GradientTape() as tape:
        tape.watch(x)
        y = ug.exp(both(w, x)[1])
    assert tape.gradient(y, x) is None
    return tape, y, x


def another_tape() -> Asked:
    x = data()
    with ug.GradientTape() as tape:
        tape.watch(x)
    with ug.GradientTape() as other:
        other.watch(x)
        y = x * x
    global kept
    kept = other  # alive
    return tape, y, x


def watched_by_another_tape() -> Asked:
    x, w = data(), weight()
    with ug.GradientTape() as outer, ug.GradientTape() as tape:
        outer.watch(x)
        y = x * w
    global kept
    kept = outer
    return tape, y, x


kept: Any = None


def before_the_tape() -> Asked:
    x = data()
    y = x * x  # here
    with ug.GradientTape() as tape:
        tape.watch(x)
    return tape, y, x


def after_the_tape() -> Asked:
    x = data()
    with ug.GradientTape() as tape:
        tape.watch(x)
        h = x * x
    y = ug.sum(h)  # here
    return tape, y, x


def another_thread() -> Asked:
    x, found = data(), []
    with ug.GradientTape() as tape:
        tape.watch(x)
        look = ug.debug()

        def work() -> None:
            found.append(x * x)  # here

        worker = threading.Thread(target=work)
        worker.start()
        worker.join()
        del look
    return tape, found[0], x


def argmax() -> Asked:
    x = data()
    with ug.GradientTape() as tape:
        tape.watch(x)
        y = ug.argmax(x) * ug.sum(weight())  # here
    return tape, y, x


def floor() -> Asked:
    x, w = data(), weight()
    with ug.GradientTape() as tape:
        tape.watch(x)
        h = ug.exp(x)
        h = ug.floor(h)  # here
        y = h * w
    return tape, y, x


def comparison() -> Asked:
    x, w = data(), weight()
    with ug.GradientTape() as tape:
        tape.watch(x)
        mask = x > 1.0  # here
        y = ug.where(mask, w, 0.0)
    return tape, y, x


def cast_to_integers() -> Asked:
    x, w = data(), weight()
    with ug.GradientTape() as tape:
        tape.watch(x)
        y = ug.astype(x, ug.int64) * w  # here
    return tape, y, x


def dead_relu() -> Asked:
    x, w = data(), weight()
    with ug.GradientTape() as tape:
        tape.watch(x)
        h = ug.relu(-x)  # here
        y = ug.sum(h * w)
    return tape, y, x


def where_took_the_other() -> Asked:
    x, w = data(), weight()
    with ug.GradientTape() as tape:
        tape.watch(x)
        y = ug.where(w > 0.0, w, x)  # here
    return tape, y, x


def used_up() -> Asked:
    x, w = data(), weight()
    with ug.GradientTape() as tape:
        tape.watch(x)
        y = x * w
    tape.gradient(y, x)
    return tape, y, w


def asked_before() -> Asked:
    x, w = data(), weight()
    with ug.GradientTape() as tape:
        tape.watch(x)
        y = w * float(x[0])  # here
    assert tape.gradient(y, x) is None
    return tape, y, x


def asked_before_and_zero() -> Asked:
    x, w = data(), weight()
    with ug.GradientTape() as tape:
        tape.watch(x)
        y = w * ug.floor(x)  # here
    tape.gradient(y, x)
    return tape, y, x


def cast_and_asked_before() -> Asked:
    x, w = data(), weight()
    with ug.GradientTape() as tape:
        tape.watch(x)
        y = w * ug.astype(x, ug.int64)  # here
    tape.gradient(y, x)
    return tape, y, x


#: program: status, kind of the first reason; whether the marked line is known without and with `unigrad.debug`
TABLE: list[tuple[Any, str, str, bool, bool]] = [
    (never_watched, "none", "not watched", False, True),
    (not_trainable, "none", "not watched", False, False),
    (variables_not_watched, "none", "not watched", False, False),
    (a_variable_that_became_a_tensor, "none", "not watched", False, False),
    (watched_late, "none", "watched late", True, True),
    (integers, "none", "integer", False, False),
    (by_numpy, "none", "left", True, True),
    (by_float, "none", "left", True, True),
    (by_item, "none", "left", True, True),
    (by_int, "none", "left", True, True),
    (by_complex, "none", "left", True, True),
    (by_tolist, "none", "left", True, True),
    (by_raw, "none", "left", True, True),
    (a_variable_by_numpy, "none", "left", True, True),
    (a_variable_by_float, "none", "left", True, True),
    (stopped, "none", "stopped", True, True),
    (stopped_by_detach, "none", "stopped", True, True),
    (assigned, "none", "assigned", True, True),
    (assigned_sub, "none", "assigned", True, True),
    (written_over_by_out, "none", "assigned", True, True),
    (written_over, "zero", "assigned", False, True),
    (written_over_in_parts, "zero", "assigned", False, True),
    (branch, "none", "branch", True, True),
    (branch_on_another, "none", "branch", True, True),
    (unused, "none", "unused", False, False),
    (a_variable_unused, "none", "unused", False, False),
    (no_path, "none", "no path", False, True),
    (pulled_back_to_none, "none", "pullback", True, True),
    (pulled_back_to_none_and_asked_before, "none", "pullback", True, True),
    (another_tape, "none", "another tape", False, False),
    (watched_by_another_tape, "none", "another tape", False, False),
    (argmax, "zero", "constant", False, True),
    (floor, "zero", "constant", False, True),
    (comparison, "zero", "constant", False, True),
    (cast_to_integers, "zero", "constant", False, True),
    (dead_relu, "zero", "zero value", False, True),
    (where_took_the_other, "zero", "branch", False, True),
    (used_up, "none", "used up", False, False),
    (asked_before, "none", "left", True, True),
    (asked_before_and_zero, "zero", "constant", False, True),
    (cast_and_asked_before, "zero", "constant", False, True),
]  # fmt: skip

#: what cannot be told apart without `unigrad.debug`: the kind without, whether its line is known, and the kind with it
APART: list[tuple[Any, str, bool, str]] = [
    (watched_late_alone, "not recorded", False, "watched late"),
    (paused, "paused", False, "paused"),
    (paused_at, "paused", True, "paused"),
    (a_part_while_paused, "paused", True, "paused"),
    (before_the_tape, "not recorded", False, "before the tape"),
    (after_the_tape, "not recorded", False, "after the tape"),
    (another_thread, "not recorded", False, "another thread"),
]  # fmt: skip
