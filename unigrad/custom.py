"""custom_gradient: a function with a derivative of the user's own. stop_gradient: a value without one."""

import functools
import inspect
from collections.abc import Callable, Sequence
from typing import Any, overload

from unigrad.attaching import attach, differentiated
from unigrad.backend import find_backend, kind_of
from unigrad.batched import BATCHED
from unigrad.conforming import conforming, is_array, is_raw, plain, raw_of
from unigrad.errors import GradientLostError, SourceError, SourceTypeError
from unigrad.junction import Form, Inside, held, join, origins
from unigrad.leaving import left
from unigrad.lending import constant, settle
from unigrad.operands import SCALARS
from unigrad.ops.creation import asarray
from unigrad.primitive import wrap
from unigrad.recording import listening, only, tracked
from unigrad.sources import short
from unigrad.structures import flatten_with_none, same_structure
from unigrad.tape import GradientTape
from unigrad.tensor import Tensor
from unigrad.variable import Variable

Function = Callable[..., Any]


@overload
def custom_gradient(f: Function, *, jvp: Function | None = None) -> "CustomGradient": ...
@overload
def custom_gradient(f: None = None, *, jvp: Function | None = None) -> Callable[[Function], "CustomGradient"]: ...


def custom_gradient(f: Function | None = None, *, jvp: Function | None = None) -> Any:
    """Decorator: a function that brings its own gradient along.

    ::

        @custom_gradient
        def log1pexp(x):
            e = exp(x)
            return log(1 + e), lambda upstream: upstream * (1 - 1 / (1 + e))

    Args:
        f: a function of tensors, numbers and structures of them, by position, that returns ``(result, grad_fn)``. The result is
            an array or a structure of arrays. ``grad_fn(*upstream)`` gets one cotangent for each array of the result, in the
            order of its leaves, of that array's shape and dtype (zeros for one that counts nothing; None for a None), and
            returns one gradient for each leaf of the arguments, in their structure or as a flat list: a tensor of the
            argument's shape and dtype, or None, which says that nothing connects them. For complex numbers the convention is
            the tape's, df/dx + i df/dy.

            Trainable variables that `f` reads and are not among its arguments are given to ``grad_fn(*upstream,
            variables=list)``, which then returns the gradients of the arguments, and those of the variables in their order.
            Keyword arguments have no gradient. The pullback is made of ordinary ops, so it is itself differentiated where a
            gradient of the gradient is asked for; it may be called more than once.

            Where the library's own autodiff differentiates the program (`jax.grad`, `torch.autograd`, `torch.func`), the
            gradient is this one, too, also of higher order; what `f` captures has none there. Forward mode there is the
            pullback's transpose; JAX has none for a pullback that is not known to be linear, and says so.
        jvp: the forward derivative, if not by `def_jvp`: ``jvp(primals, tangents)`` with the positional arguments, and a
            tangent for each (zeros where none is known, None for what is no floating array), keyword arguments as they are; it
            returns a tangent for each array of the result. Without it forward mode is the transpose of the pullback, which is
            linear in the cotangent: its derivative, transposed once more; of a pullback that is not linear, at cotangent zero.

    Returns:
        The function, with the arguments of `f`; it returns the result alone.

    Raises:
        SourceTypeError: `f` does not return a result and a function; `grad_fn` takes no ``variables`` and `f` reads some;
            a gradient is no array.
        SourceError, ShapeError, DTypeError, MixedBackendsError: wrong count, shape, dtype or library of a gradient.
        GradientLostError: the result depends on a tracked tensor that is no positional argument, besides those that are.
    """
    if f is None:
        return functools.partial(custom_gradient, jvp=jvp)
    if not callable(f):
        raise SourceTypeError(f"custom_gradient decorates a function, not {short(f)} of type {type(f).__name__}")
    return CustomGradient(f, jvp)


class CustomGradient:
    """A function with its own gradient: see `custom_gradient`. As a method of a class it is bound like any other."""

    def __init__(self, function: Function, jvp: Function | None = None, *, closed: bool = False) -> None:
        functools.update_wrapper(self, function)
        self._function = function
        self._jvp = jvp
        self._closed = closed  # what it captures has no gradient, on purpose

    def __get__(self, instance: Any, owner: Any = None) -> "CustomGradient":
        if instance is None:
            return self
        jvp = self._jvp.__get__(instance, owner) if self._jvp is not None else None
        return CustomGradient(self._function.__get__(instance, owner), jvp, closed=self._closed)

    def def_jvp(self, jvp: Function) -> Function:
        """Decorator: the forward derivative, ``jvp(primals, tangents)``; see `custom_gradient`."""
        if not callable(jvp):
            raise SourceTypeError(f"def_jvp takes a function, not {short(jvp)} of type {type(jvp).__name__}")
        self._jvp = jvp
        return jvp

    def __repr__(self) -> str:
        return f"<function {self._name} with a gradient of its own>"

    @property
    def _name(self) -> str:
        return getattr(self._function, "__name__", type(self._function).__name__)

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        recorders = listening().recorders
        leaves, rebuild = flatten_with_none(args)
        inputs = [x.__unigrad_tensor__() if hasattr(x, "__unigrad_tensor__") else x for x in leaves]
        native = not self._closed and any(map(differentiated, inputs))
        if recorders or native:
            # handles of its own: the pullback sees the values of now, whatever is written into the caller's tensors later
            inputs = [held(x) if isinstance(x, Tensor) else x for x in inputs]
            args = rebuild([x if isinstance(x, Variable) else i for x, i in zip(leaves, inputs, strict=True)])
        inside = Inside(recorders)
        with only((*recorders, inside)):
            returned = self._function(*args, **kwargs)
        if not (isinstance(returned, tuple | list) and len(returned) == 2 and callable(returned[1])):
            raise SourceTypeError(
                f"custom_gradient: {self._name} must return (result, grad_fn), a result and the function that pulls its "
                f"cotangents back, but returned {short(returned)}"
            )
        result, grad_fn = returned
        variables = [v for v in inside.variables.values() if not any(v is x for x in leaves)]
        if variables and not takes_variables(grad_fn):
            raise SourceTypeError(
                f"@custom_gradient grad_fn must accept keyword argument 'variables', since function uses variables: "
                f"{variables}. It then returns two things: the gradients of the arguments, and a list of those of the variables"
            )
        outs, unflatten = flatten_with_none(result)
        for out in outs:
            if out is not None and not is_array(out):
                raise SourceTypeError(f"custom_gradient: {self._name} returned {short(out)}, which is no array")
        nodes = [x._node if isinstance(x, Tensor) else None for x in inputs] + [v.node for v in variables]
        told = any(map(tracked, nodes))
        native = native or (not self._closed and any(differentiated(v._value) for v in variables))
        if not told and self._closed:
            return unflatten([_stopped(out, settle) for out in outs])
        if not told and not native:
            return result
        tensors = [None if out is None else asarray(out) for out in outs]
        there = [t for t in tensors if t is not None]
        if told and not self._closed:
            own = {*nodes, *(x.node for x in leaves if isinstance(x, Variable))}
            captured = [n for n in inside.sources(t._node for t in there) if n not in own]
            # what was computed from the arguments alone is in their gradient, as the user has it
            lost = {n for r in recorders for n in origins(r, captured) - origins(r, own)} if captured else ()
            self._refuse_captured(len(lost))
        handles = [wrap(x) if is_raw(x) else x for x in inputs]
        work = Derivative(self, args, kwargs, handles, variables, grad_fn, tensors)
        raws = [settle(x) if isinstance(x, Tensor) else x for x in inputs] + [settle(v._value) for v in variables]
        results = [settle(t) for t in there]
        if native:

            def anew(raws: Sequence[Any]) -> Any:
                inputs = [wrap(raw) if isinstance(x, Tensor) else x for raw, x in zip(raws, handles)]
                args = rebuild([x if isinstance(x, Variable) else i for x, i in zip(leaves, inputs, strict=True)])
                _, grad_fn = self._function(*args, **kwargs)
                return Derivative(self, args, kwargs, inputs, variables, grad_fn, tensors).push

            results = attach(raws, results, work.pull, work.push, anew)
        code = getattr(grad_fn, "__code__", None)
        where = None if code is None else (code, code.co_firstlineno)
        joined = join(self._name, raws, nodes, results, work.pull, work.push, where=where)
        made = iter(joined or [wrap(raw, t._node) for raw, t in zip(results, there, strict=True)])
        given = [None if t is None else next(made) for t in tensors]
        return unflatten([plain(t) if is_raw(out) else t for t, out in zip(given, outs, strict=True)])

    def _refuse_captured(self, count: int) -> None:
        """What the result depends on and nobody gives a gradient to."""
        if count:
            several = "tensors from outside that are" if count > 1 else "tensor from outside that is"
            raise GradientLostError(
                f"custom_gradient: the result of {self._name} depends on {count} tracked {several} no positional "
                f"argument, and the gradient would be lost without a word: pass it by position, or unigrad.stop_gradient of it"
            )


class Derivative:
    """Both modes of one call of a function with its own gradient."""

    def __init__(
        self,
        owner: CustomGradient,
        args: tuple[Any, ...],
        kwargs: dict[str, Any],
        inputs: list[Any],
        variables: list[Variable],
        grad_fn: Function,
        results: Sequence[Tensor | None],
    ) -> None:
        self.name, self.jvp = owner._name, owner._jvp
        self.args, self.kwargs = args, kwargs
        self.inputs, self.variables, self.grad_fn = inputs, variables, grad_fn
        self.values = [v._value for v in variables]
        self.forms = [None if out is None else Form.of(settle(out)) for out in results]

    # -- reverse -------------------------------------------------------------------------------------------------
    def pull(self, cts: list[Any], level: int = 0) -> list[Any]:
        """A checked gradient, or None, for each leaf of the arguments and each variable."""
        rest = iter(cts)
        upstream = [None if form is None else next(rest) for form in self.forms]
        if not self.variables:
            return self.of_arguments(self.grad_fn(*upstream))
        returned = self.grad_fn(*upstream, variables=list(self.variables))
        if not (isinstance(returned, tuple | list) and len(returned) == 2):
            raise SourceTypeError(
                f"custom_gradient: the grad_fn of {self.name} uses variables, so it must return two things, the gradients of "
                f"the arguments and a list of those of the variables, but returned {short(returned)}"
            )
        ours, theirs = returned
        theirs = list(theirs) if isinstance(theirs, list | tuple) else [theirs]
        if len(theirs) != len(self.variables):
            raise SourceError(
                f"custom_gradient: must return a gradient for each variable from grad_fn of {self.name}: "
                f"{len(self.variables)} are used, and {len(theirs)} gradients were returned"
            )
        checked = [
            self.checked(g, v, f"of variable {self.variables[i].name!r}")
            for i, (g, v) in enumerate(zip(theirs, self.values, strict=True))
        ]
        return self.of_arguments(ours) + checked

    def of_arguments(self, returned: Any) -> list[Any]:
        """The gradients of the arguments' leaves."""
        given = flatten_with_none(returned)[0]
        if len(given) != len(self.inputs):
            raise SourceError(
                f"custom_gradient function expected to return {len(self.inputs)} gradients, but returned {len(given)} "
                f"instead. (The grad_fn of {self.name} returns one for each leaf of the positional arguments.)"
            )
        flat = isinstance(returned, list | tuple) and not any(isinstance(g, list | tuple | dict) for g in returned)
        if not flat and len(given) > 1:
            alone = len(self.args) == 1 and same_structure(returned, self.args[0])
            if not alone and not same_structure(returned, self.args):
                raise SourceError(
                    f"custom_gradient: the grad_fn of {self.name} returned gradients in another structure than that of the "
                    f"arguments: give them in the same one, or as a flat list of {len(given)}"
                )
        return [self.checked(g, x, f"of argument {i}") for i, (g, x) in enumerate(zip(given, self.inputs, strict=True))]

    def checked(self, g: Any, x: Any, which: str) -> Any:
        """A gradient of the argument's shape and dtype, or None."""
        if g is None or not isinstance(x, Tensor) or kind_of(x._raw) not in "fc":
            return None
        what = f"custom_gradient: the gradient {which} that grad_fn of {self.name} returned"
        return conforming(g, x._raw, what, strict=True)

    # -- forward -------------------------------------------------------------------------------------------------
    def push(self, tangents: Sequence[Any]) -> list[Any]:
        """A tangent, or None, for each array of the result."""
        of_variables = [None] * len(self.inputs) + list(tangents[len(self.inputs) :])
        if self.jvp is None or all(t is None for t in tangents[: len(self.inputs)]):
            return self.transposed(tangents)
        found = self.given(tangents)
        if any(t is not None for t in of_variables):
            more = self.transposed(of_variables)
            found = [b if a is None else a if b is None else a + b for a, b in zip(found, more, strict=True)]
        return found

    def given(self, tangents: Sequence[Any]) -> list[Any]:
        """By the user's own rule."""
        assert self.jvp is not None
        unflatten = flatten_with_none(self.args)[1]
        full = [
            (Form.of(x._raw).zeros() if t is None else t) if isinstance(x, Tensor) and kind_of(x._raw) in "fc" else None
            for x, t in zip(self.inputs, tangents[: len(self.inputs)], strict=True)
        ]
        returned = self.jvp(self.args, unflatten(full), **self.kwargs)
        given = flatten_with_none(returned)[0]
        if len(given) != len(self.forms):
            raise SourceError(
                f"custom_gradient: the jvp of {self.name} must return a tangent for each of the {len(self.forms)} arrays of "
                f"the result, but returned {len(given)}"
            )
        what = f"custom_gradient: the tangent that the jvp of {self.name} returned"
        return [
            None if t is None or form.dtype.kind in "biu" else conforming(t, form.zeros()._raw, what, strict=True)
            for t, form in zip(given, self.forms, strict=True)
            if form is not None
        ]

    def transposed(self, tangents: Sequence[Any]) -> list[Any]:
        """The pullback is linear in the cotangent, the transpose of the derivative: so its own transpose is the derivative."""
        with GradientTape(watch_accessed_variables=False) as tape:
            cts = [form.zeros() for form in self.forms if form is not None]
            floating = [c for c in cts if kind_of(c._raw) in "fc"]
            tape.watch(floating)
            grads = self.pull(cts)
        if not floating:
            return [None] * len(cts)
        pairs = [(g, t) for g, t in zip(grads, tangents, strict=True) if g is not None and t is not None]
        if not pairs:
            return [None] * len(cts)
        found = iter(tape.gradient([g for g, _ in pairs], floating, output_gradients=[t for _, t in pairs]))
        return [next(found) if kind_of(c._raw) in "fc" else None for c in cts]


def takes_variables(function: Function) -> bool:
    """Whether a function takes the keyword argument ``variables``."""
    parameters = inspect.signature(function).parameters
    return "variables" in parameters or any(p.kind is p.VAR_KEYWORD for p in parameters.values())


def stop_gradient(x: Any) -> Any:
    """The same values as constants: no tape and no accumulator sees what they were computed from.

    Nor does the library's own autodiff, where it differentiates the program (`jax.grad`, `torch.autograd`, `torch.func`, in both
    modes): it is `jax.lax.stop_gradient` there, and PyTorch's `detach`.

    Args:
        x: a tensor, variable or array, or a nested structure of them; what is no array stays as it is.
    """
    leaves, unflatten = flatten_with_none(x)
    return unflatten([_stopped(leaf) for leaf in leaves])


def _stopped(x: Any, take: Callable[[Any], Any] = constant) -> Any:
    """The value of a tensor or variable, with a node that says where it was stopped, if a tape tracks it; of an array itself."""
    if hasattr(x, "__unigrad_tensor__"):
        value, node = (x._value, x.node) if isinstance(x, Variable) else (x, x._node)
        return wrap(take(value), left(node, "stop_gradient", inside=True))
    home = None if x is None or take is not constant else find_backend(x)
    return x if home is None else home.stopped(x)


def grad_pass_through(f: Function) -> CustomGradient:
    """The values of `f` with the gradient of the identity (the straight-through estimator of Bengio et al., 2013).

    Args:
        f: a function whose result has the structure, shapes and dtypes of its positional arguments. What else it reads, and
            variables, get no gradient through it.

    Returns:
        A function with the arguments of `f`. Both modes, and every order, are those of the identity; so are they for the
        library's own autodiff, where it differentiates the program (`jax.grad`, `torch.autograd`, `torch.func`).
    """

    @functools.wraps(f)
    def straight(*args: Any, **kwargs: Any) -> Any:
        def grad_fn(*upstream: Any, variables: Any = ()) -> Any:
            return (upstream, [None] * len(variables)) if variables else upstream

        sources = [raw_of(x) if is_array(x) else x for x in flatten_with_none(args)[0]]
        outs, unflatten = flatten_with_none(f(*args, **kwargs))
        if len(outs) == len(sources):
            outs = [_straight(out, source) for out, source in zip(outs, sources, strict=True)]
        return unflatten(outs), grad_fn

    return CustomGradient(straight, closed=True)


def _straight(out: Any, source: Any) -> Any:
    """A result of `f` that the library's own autodiff, too, takes for the argument `source`, where it is of its form."""
    raw = settle(out) if type(out) is Tensor else out
    ours, theirs = (None if type(x) in SCALARS else find_backend(x) for x in (raw, source))
    if ours is None or theirs is None or ours.name != theirs.name:
        return out
    if (raw.shape, raw.dtype) != (source.shape, source.dtype):
        return out
    found = (ours if type(raw) in BATCHED else theirs).straight(raw, source)
    if found is raw:
        return out
    return wrap(found, out._node) if type(out) is Tensor else found
