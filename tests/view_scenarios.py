"""Writes in place, each one function of a 3 by 4 array, to be run on an ndarray and on a tensor; it gives back every handle."""

import numpy as np

SCENARIOS = {}


def scenario(function):
    SCENARIOS[function.__name__] = function
    return function


@scenario
def element(x):
    x[1, 2] = x[0, 0] * 3.0
    return [x]


@scenario
def row_and_column(x):
    x[0] = x[1] * x[2]
    x[:, 1] = 2.0
    x[-1, ...] = x[0]
    return [x]


@scenario
def steps(x):
    a = x[::2]
    b = x[::-1]
    c = x[1:, ::-2]
    a *= 2.0
    b[0] = x[0] * 5.0
    c += 1.0
    return [x, a, b, c]


@scenario
def negative_steps_everywhere(x):
    a = x[::-1, ::-1]
    a[0, 1:3] = a[1, 0:2] * a[2, 1:3]
    b = a[::-2]
    b[...] = b * 3.0
    return [x, a, b]


@scenario
def views_of_views(x):
    a = x[1:]
    b = a[:, 1:3]
    c = b[0]
    c[0] = c[1] * 7.0
    b[1, :] = c
    a[0, 0] = b[0, 0] + 1.0
    return [x, a, b, c]


@scenario
def sibling_views(x):
    a, b, c = x[0], x[:, 0], x[0:2, 0:2]
    a[0] = a[1] * 10.0
    b += 1.0
    c *= a[0]
    return [x, a, b, c]


@scenario
def reshaped(x):
    a = x.reshape(12)
    b = a.reshape((2, 6))
    a[3] = a[4] * a[5]
    b[:, 0] = 9.0
    x[2] *= 2.0
    return [x, a, b]


@scenario
def transposed(x):
    a = x.T
    b = a[1]
    b += a[2]
    a[0, 1] = b[0] * 2.0
    x[0, 3] = 8.0
    return [x, a, b]


@scenario
def item_after_item(x):
    x[1][2] = x[0][1] * 4.0
    x[0:2][1][0:1] = 6.0
    x.T[3][0] = x[1][2] * x[2][2]
    return [x]


@scenario
def augmented_through_an_alias(x):
    t = x
    t += x * x
    t -= 0.5
    t *= 2.0
    t /= 4.0
    t **= 2
    return [x, t]


@scenario
def augmented_item(x):
    x[1] += x[0] * 2.0
    x[:, 2] *= x[:, 1]
    x[0, 0] -= 3.0
    return [x]


@scenario
def mask(x):
    x[x > 1.0] = 0.25
    x[x[:, 0] > 0.0, 1] *= 5.0
    return [x]


@scenario
def mask_of_values(x):
    m = np.array([True, False, True])
    x[m] = x[1:] * 2.0
    return [x]


@scenario
def index_arrays(x):
    x[[0, 2], [1, 3]] += 10.0
    x[np.array([1, 0])] = x[1:] * x[0]
    x[..., np.array([0, -1])] *= 3.0
    return [x]


@scenario
def index_named_twice(x):
    x[[0, 0, 1]] += 1.0  # read once, written last: as NumPy does, not added twice
    x[[2, 2], 1] = x[0, :2]
    return [x]


@scenario
def copies_are_apart(x):
    a = x[[0, 1]]
    b = x + 0.0
    c = x[x > 0.0]
    a[0] = 100.0
    b[0] = 100.0
    c[0] = 100.0
    x[1] = 7.0
    return [x, a, b, c]


@scenario
def earlier_results_stay(x):
    y = x * x
    z = y[0]
    x[0] = 50.0
    y[1] = x[0]
    return [x, y, z]


@scenario
def recurrence(x):
    z = x[0] * 1.0
    for i in range(1, 4):
        z[i] = z[i - 1] * z[i] + 0.5
    return [x, z]


@scenario
def scan_in_place(x):
    for i in range(1, 3):
        x[i] += x[i - 1] * x[i]
    return [x]


@scenario
def swapped_rows(x):
    a, b = x[0], x[1]
    c = a * 1.0
    a[...] = b
    b[...] = c
    return [x, a, b]


@scenario
def overlapping(x):
    x[1:] = x[:-1] * 2.0
    x[:, :-1] += x[:, 1:]
    return [x]


@scenario
def whole(x):
    a = x[1]
    x[...] = x * 2.0
    x[:] = x + 1.0
    a[:] = [1.0, 2.0, 3.0, 4.0]
    return [x, a]


@scenario
def none_and_empty(x):
    a = x[None, :, 1:1]
    b = x[:, None]
    b[0, 0, :] = 3.0
    a[...] = 5.0
    return [x, a, b]


@scenario
def zero_dimensional_view(x):
    a = x[1, 1, ...]
    a[...] = a * 6.0
    x[1, 1] += 1.0
    return [x, a]


@scenario
def view_kept_while_its_parent_goes(x):
    a = x[1:][0][1:]
    a += 2.0
    x[1, 1] *= 3.0
    return [x, a]
