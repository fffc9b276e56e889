"""The only place that knows numba: `@kernel` compiles a function, keyed so that a stale cache cannot be loaded.

numba's own file cache looks at one source file only: editing a function that a kernel calls in *another* file goes
unnoticed. So the cache folder carries a hash of every source file that a kernel may be made of; any edit gives a
fresh folder. The engine's kernels are made of the engine alone, so theirs is a folder of their own: an edit in `envs`
does not compile the engine again. Where no folder can be written, one in the system's temporary directory serves.

`NUMBA_DISABLE_JIT=1` runs every kernel as plain Python: slow, debuggable, and the oracle of the kernels' tests.
"""

from __future__ import annotations

import contextlib
import functools
import hashlib
import importlib
import importlib.util
import os
import shutil
import sys
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, Final, TypeVar, cast

import llvmlite.binding as llvm
import numba
import numpy as np
from numba.core import cgutils, entrypoints, sigutils, types
from numba.core import config as numba_config
from numba.core.caching import CompileResultCacheImpl, FunctionCache
from numba.core.codegen import JITCodeLibrary
from numba.core.compiler_lock import global_compiler_lock
from numba.core.registry import CPUDispatcher
from numba.core.runtime.nrt import rtsys
from numba.extending import intrinsic
from numba.np import arrayobj, linalg
from numpy.typing import NDArray

numba_config.LOOP_VECTORIZE = 0  # type: ignore[attr-defined]  # loops over few whole numbers: costs, gains nothing

if llvm.get_process_triple().startswith("x86_64"):
    # The compiler's guess that a loop's choice of a number can be foretold, and so should be a branch, is wrong where
    # it matters here: a search by halves takes four times as long with it.
    llvm.set_option("nydus", "-x86-cmov-converter=false")

F = TypeVar("F", bound=Callable[..., Any])

KERNEL_PACKAGES: Final = ("engine", "envs")
"""Packages whose kernels play a game: all of the engine, and the files of the others that mention `JIT_MODULE`."""

KERNEL_SOURCES: Final = {
    "engine": ("engine",),
    "engine.starcraft2": ("engine.core", "engine.starcraft2"),
    "bridge": ("engine", "bridge"),
}
"""What a package's kernels are made of, if not of all that plays a game; the bridge's read and write a wire."""

GAMES_APART: Final = frozenset({"starcraft2"})
"""Folders of `engine` whose kernels no other folder's are made of: an edit there compiles nothing else again."""

HASHED_SUFFIXES: Final = (".py", ".csv")
"""Kernels, and the rule tables that compiled code holds as constants."""

KERNEL_FREE: Final = frozenset({"melee_players"})
"""Folders of plain Python that no kernel is made of: scripted players, which are edited more often than rules."""

JIT_MODULE: Final = b"engine.core.jit"

HEAPLESS: Final = (
    "engine.",
    "bridge.torchcraft.codec_",
    "envs.specs.chronicle",
    "envs.specs.drawing",
    "envs.specs.ground",
    "envs.specs.micro",
    "envs.specs.panels",
    "envs.specs.reading",
    "envs.specs.screen",
    "envs.specs.sight",
    "envs.specs.slots",
    "envs.specs.units",
)
"""Kernels of these modules own no memory (`scratch` is theirs for the call), so they count no references: counting
them, with locked instructions, took a quarter of the engine's time."""

NARROW_TYPES: Final = (types.int8, types.int16, types.int32, types.uint8, types.uint16, types.uint32)
"""Whole numbers that fit into 64 bits with a sign, whatever they are."""

RUNTIME_LIBRARIES: Final = ("nrt", "multi3")
"""What numba's own run time is made of, once per process, perhaps while a kernel is being compiled."""

ENVIRONMENT: Final = "_ZN08NumbaEnv"
"""How the names of compiled functions' Python environments begin."""

OWN_FUNCTIONS: Final = tuple(f"_ZN{len(package)}{package}" for package in KERNEL_PACKAGES)
"""How the names of compiled functions of these packages begin."""

CACHE_VARIABLE: Final = "NYDUS_CACHE_DIR"
"""Read by launchers and command lines only; here as the name that they hand on."""

KEPT_FOLDERS: Final = 9
"""Folders of a checkout's latest states that stay when a new one is made, three to a state: processes may use them."""

KEPT_IN_ALL: Final = 64
"""Folders of all checkouts and installations together: who works on one must not throw away what another needs."""


def source_hash(packages: tuple[str, ...] = KERNEL_PACKAGES) -> str:
    """Return 16 hex digits over the packages' kernel sources and the versions of numba, numpy and Python.

    The sources' places and times count too, because numba itself goes by them: a second checkout of the same sources
    compiles its own, and must not take the first one's folder for ready.
    """
    digest = hashlib.sha256()
    digest.update(f"{numba.__version__} {np.__version__} {sys.version_info[:3]}".encode())
    for package in packages:
        spec = importlib.util.find_spec(package)
        if spec is None or spec.submodule_search_locations is None:
            continue
        for root in spec.submodule_search_locations:
            for path in sorted(p for p in Path(root).rglob("*") if p.suffix in HASHED_SUFFIXES):
                if not KERNEL_FREE.isdisjoint(path.parts):
                    continue
                if not GAMES_APART.isdisjoint(path.relative_to(root).parts):
                    continue
                source = path.read_bytes()
                if package.partition(".")[0] == "engine" or JIT_MODULE in source:
                    status = path.stat()
                    digest.update(f"{path} {status.st_mtime_ns} {status.st_size}".encode())
                    digest.update(source)
    return digest.hexdigest()[:16]


def _writable(folder: Path) -> bool:
    try:
        folder.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryFile(dir=folder):
            return True
    except OSError:
        return False


def _place() -> str:
    """Return 8 hex digits for the folder that these sources lie in: one checkout or installation."""
    return hashlib.sha256(str(Path(__file__).resolve().parents[2]).encode()).hexdigest()[:8]


def prune(root: Path, own: str) -> None:
    """Delete the cache folders below `root` that nobody has used for longest; what cannot be deleted stays.

    Args:
        root: of all cache folders.
        own: how the names of this checkout's folders begin; `KEPT_FOLDERS` of them stay, and `KEPT_IN_ALL` of all.
    """
    folders: list[tuple[float, Path]] = []
    for folder in root.glob("kernels-*"):
        with contextlib.suppress(OSError):  # another process may have deleted it just now
            folders.append((folder.stat().st_mtime, folder))
    latest_first = [folder for _, folder in sorted(folders, reverse=True)]
    ours = [folder for folder in latest_first if folder.name.startswith(own)]
    for folder in {*ours[KEPT_FOLDERS:], *latest_first[KEPT_IN_ALL:]}:
        shutil.rmtree(folder, ignore_errors=True)


def cache_folder(packages: tuple[str, ...] = KERNEL_PACKAGES) -> Path:
    """Return the folder for kernels compiled of exactly these packages' sources; it exists and is writable.

    Folders of older sources are deleted when a new one is made: see `prune`.

    Args:
        packages: the engine's own kernels need the engine alone.
    """
    wanted = os.environ.get(CACHE_VARIABLE)
    roots = [Path(wanted)] if wanted else []
    roots.append(Path(os.environ.get("XDG_CACHE_HOME", Path.home() / ".cache")) / "nydus")
    roots.append(Path(tempfile.gettempdir()) / f"nydus-cache-{os.getuid() if hasattr(os, 'getuid') else 'user'}")
    own = f"kernels-{_place()}-"
    name = f"{own}{source_hash(packages)}"
    for root in roots:
        fresh = not (root / name).is_dir()
        if _writable(root / name):
            with contextlib.suppress(OSError):  # somebody else's folder
                os.utime(root / name)  # it is in use
            if fresh:
                prune(root, own)
            return root / name
    return Path(tempfile.mkdtemp(prefix="nydus-kernels-"))


@functools.cache
def _folder_for(package: str) -> str:
    """Return the cache folder for kernels that a package defines."""
    return str(cache_folder(KERNEL_SOURCES.get(package, KERNEL_PACKAGES)))


def package_of(module: str) -> str:
    """Return the package whose folder a module's kernels are kept in.

    >>> [package_of(f"{name}.step") for name in ("engine.broodwar", "engine.starcraft2")]
    ['engine', 'engine.starcraft2']
    """
    first, _, rest = module.partition(".")
    game = f"{first}.{rest.partition('.')[0]}"
    return game if game in KERNEL_SOURCES else first


_any_index: Any = arrayobj.fix_integer_index


def _plain_index(context: Any, builder: Any, kind: Any, index: Any, size: Any) -> Any:
    """Return the compiled index of an array's element; in our own kernels -1 is no index.

    To let it mean the last element costs two operations and a register for every access to any array.
    """
    if builder.function.name.startswith(OWN_FUNCTIONS):
        return context.cast(builder, index, kind, types.intp)
    return _any_index(context, builder, kind, index, size)


arrayobj.fix_integer_index = _plain_index


@functools.cache
def _load_array_functions() -> None:
    """Have numba load its array functions without scipy: a tenth of a game process's start, and 12 MB.

    It asks at once for scipy's products of matrices. No kernel has any; who compiles one gets them then.
    """
    if "numba.np.arraymath" in sys.modules:
        return
    numba_linalg: Any = linalg
    ensure_blas = numba_linalg.ensure_blas
    numba_linalg.ensure_blas = lambda: None
    try:
        arraymath: Any = importlib.import_module("numba.np.arraymath")
    finally:
        numba_linalg.ensure_blas = ensure_blas
    arraymath._HAVE_BLAS = importlib.util.find_spec("scipy") is not None


class _Part(JITCodeLibrary):
    """The code of one helper: never optimised nor turned into machine code for itself, only as part of a kernel.

    What follows the compiler's own order of work, each function optimised together with all that it calls, for each
    caller again, takes three times as long.
    """

    _linked: Any = None

    def finalize(self) -> None:
        self._raise_if_finalized()  # type: ignore[no-untyped-call]
        self._finalize_dynamic_globals()  # type: ignore[no-untyped-call]
        self._finalized = True

    def _get_module_for_linking(self) -> Any:
        """Return the code with all that it calls: asked for where other people's code calls what a kernel did too."""
        if self._linked is None:
            module = self._final_module.clone()
            for part in _called(self):
                module.link_in(part, preserve=True)
            self._linked = _mergeable(module)
        return self._linked

    def get_pointer_to_function(self, name: str) -> int:
        return 0  # there is no machine code: Python cannot call it

    @property
    def codegen(self) -> Any:
        return _WithoutEnvironments(self._codegen)


class _WithoutEnvironments:
    """A code generator for helpers: they have no Python environment, since Python never calls them."""

    def __init__(self, codegen: Any) -> None:
        self._codegen = codegen

    def __getattr__(self, name: str) -> Any:
        return getattr(self._codegen, name)

    def set_env(self, name: str, environment: object) -> None:
        """Forget it."""


class _Whole(JITCodeLibrary):
    """The code of one kernel with all its helpers.

    Nobody else can call them, so the optimiser may inline them, and pass only what is used instead of all seven
    numbers of every array.
    """

    def finalize(self) -> None:
        self._raise_if_finalized()  # type: ignore[no-untyped-call]
        own = {function.name for function in self._final_module.functions if not function.is_declaration}
        environments = {variable.name for variable in _environments(self._final_module)}
        # The loader looks up even local names among all that is loaded: another kernel's form of a helper would do.
        mark = hashlib.sha256(" ".join(sorted(own)).encode()).hexdigest()[:16]
        for module in _called(self):
            self._final_module.link_in(module, preserve=True)
        for function in list(self._final_module.functions):
            if not function.is_declaration and function.name not in own:
                function.linkage = "internal"
                function.name = f"{function.name}.{mark}"
        for variable in _environments(self._final_module):
            if variable.name not in environments:  # a helper's, which nobody sets: the optimiser may drop it
                variable.linkage = "internal"
                variable.name = f"{variable.name}.{mark}"
        self._linking_libraries = []
        super().finalize()  # type: ignore[no-untyped-call]

    def serialize_using_object_code(self) -> tuple[Any, ...]:
        """Return what `_Loaded` reads: the library's name, machine code, bitcode, and the functions it is called by."""
        name, _, data = super().serialize_using_object_code()  # type: ignore[no-untyped-call]
        functions = self._final_module.functions
        called = [one.name for one in functions if not one.is_declaration and one.linkage == llvm.Linkage.external]
        return (name, *data, tuple(called))


class _Loaded(JITCodeLibrary):
    """The code of one kernel as it comes from disk.

    Python needs its machine code alone. numba would read the bitcode too, and ask it for all its names, which takes
    longer than the rest; here it is read if another kernel that calls this one is compiled.
    """

    _bitcode = b""

    @classmethod
    def _unserialize(cls, codegen: Any, state: tuple[str, bytes, bytes, tuple[str, ...]]) -> _Loaded:
        name, machine_code, bitcode, called = state
        self = cls(codegen, name)
        self._bitcode = bitcode
        self.enable_object_caching()  # type: ignore[no-untyped-call]
        self._set_compiled_object(machine_code)  # type: ignore[no-untyped-call]
        self._finalize_final_module()  # type: ignore[no-untyped-call]
        codegen._engine._defined_symbols.update(called)
        return self

    def _get_module_for_linking(self) -> Any:
        if self._shared_module is None:
            self._shared_module = llvm.parse_bitcode(self._bitcode)
        return self._shared_module


def _environments(module: Any) -> list[Any]:
    """Return the variables of a module that point to Python environments."""
    return [variable for variable in module.global_variables if variable.name.startswith(ENVIRONMENT)]


def _mergeable(module: Any) -> Any:
    """Return a copy of a module whose functions may be met again in another one."""
    names = [function.name for function in module.functions if not function.is_declaration]
    if names:
        module = module.clone()
    for name in names:
        module.get_function(name).linkage = "linkonce_odr"
    return module


def _called(library: Any) -> list[Any]:
    """Return the modules of all libraries that a library calls, directly or not."""
    found: dict[int, Any] = {}
    waiting = list(library._linking_libraries)
    while waiting:
        one = waiting.pop()
        if id(one) in found:
            continue
        if isinstance(one, _Part):
            found[id(one)] = _mergeable(one._final_module)
            waiting += one._linking_libraries
        else:
            found[id(one)] = one._get_module_for_linking()
    return list(found.values())


class _KeptResults(CompileResultCacheImpl):
    """How a compiled kernel becomes bytes and comes back."""

    def rebuild(self, target_context: Any, payload: Any) -> Any:
        generator: Any = target_context.codegen()
        generator.unserialize_library = functools.partial(_Loaded._unserialize, generator)
        try:
            return super().rebuild(target_context, payload)  # type: ignore[no-untyped-call]
        finally:
            del generator.unserialize_library


class _Kept(FunctionCache):
    """What was compiled of one kernel, on disk.

    numba readies itself to compile before it looks there, which takes longer than to load what it finds; who has to
    compile does it then. Of all that, what is loaded needs the run time alone, and only if it owns memory.
    """

    _impl_class = _KeptResults

    def load_overload(self, sig: Any, target_context: Any) -> Any:
        if not self._py_func.__module__.startswith(HEAPLESS):
            rtsys.initialize(target_context)
        with self._guard_against_spurious_io_errors():
            found = self._load_overload(sig, target_context)  # type: ignore[no-untyped-call]
            if found is not None:
                return found
        _load_array_functions()
        entrypoints.init_all()  # type: ignore[no-untyped-call]
        return None


class _Kernel(CPUDispatcher):
    """A compiled function whose whole-number arguments are all of 64 bits, so that it is compiled once.

    numba would compile a helper, and all that it calls, again for every mix of 32-bit fields and 64-bit results that
    it is called with. Widening changes no value, since kernels compute with 64 bits anyway.
    """

    is_whole = True

    def _compilation_chain_init_hook(self) -> None:
        """Leave other packages' extensions of the compiler, for which numba reads all packages' notes, to `_Kept`."""

    def compile(self, sig: Any) -> Any:
        arguments, _ = sigutils.normalize_signature(sig)  # type: ignore[no-untyped-call]
        # numba prints the tables that a kernel knows into the notes that it caches; in full, that takes seconds.
        with global_compiler_lock, np.printoptions(threshold=0, edgeitems=1), self._libraries():
            return super().compile(tuple(_widened(argument) for argument in arguments))

    @contextlib.contextmanager
    def _libraries(self) -> Iterator[None]:
        """Have this kernel made whole, and all that is compiled on the way to it as parts."""
        generator: Any = self.targetctx.codegen()  # type: ignore[attr-defined]  # a CPU context has one
        name = self.py_func.__qualname__
        before = generator.__dict__.get("create_library")

        def create(wanted: str, **options: Any) -> Any:
            if wanted in RUNTIME_LIBRARIES:
                return generator._library_class(generator, wanted, **options)
            kind = _Whole if wanted == name and self.is_whole else _Part
            return kind(generator, wanted, **options)

        generator.create_library = create
        try:
            yield
        finally:
            if before is None:
                del generator.create_library
            else:
                generator.create_library = before


class _PartKernel(_Kernel):
    """A function that only kernels call."""

    is_whole = False


class _Helper:
    """A function for kernels. Called from Python all the same, it becomes a kernel: for tests and tools.

    Who loads compiled kernels needs no helper, and there are hundreds: the compiler's view of one is made when a kernel
    is compiled that calls it.
    """

    def __init__(self, function: Callable[..., Any]) -> None:
        functools.update_wrapper(self, function)
        self.py_func = function

    @functools.cached_property
    def part(self) -> Any:
        """What is compiled into the kernels."""
        return _dispatcher(self.py_func, _PartKernel)

    @property
    def _numba_type_(self) -> Any:
        return self.part._numba_type_

    @functools.cached_property
    def _whole(self) -> Any:
        return kernel(self.py_func)

    def __call__(self, *arguments: Any) -> Any:
        return self._whole(*arguments)


def _widened(argument: Any) -> Any:
    """Return the type that an argument is passed as."""
    given = types.unliteral(argument)  # type: ignore[no-untyped-call]
    return types.int64 if given in NARROW_TYPES else given


def _dispatcher(function: Callable[..., Any], kind: type[_Kernel]) -> Any:
    options = {
        "nopython": True,
        "boundscheck": None,
        "fastmath": False,
        "error_model": "numpy",
        "no_cpython_wrapper": not kind.is_whole,
        "no_cfunc_wrapper": True,
        "_nrt": not function.__module__.startswith(HEAPLESS),
    }
    dispatcher = kind(py_func=function, targetoptions=options)
    if kind.is_whole:
        # numba asks for the folder as it opens the cache, so it may differ from package to package.
        numba_config.CACHE_DIR = _folder_for(package_of(function.__module__))  # type: ignore[attr-defined]
        dispatcher._cache = _Kept(function)  # type: ignore[attr-defined, no-untyped-call]
    return dispatcher


def kernel(function: F) -> F:
    """Compile `function` on first call, cached on disk; no Python objects, no fast-math, no hidden parallelism.

    It is what Python calls; all helpers below it are compiled with it, as one.
    """
    if numba_config.DISABLE_JIT:  # type: ignore[attr-defined]  # numba sets its options at run time
        return function
    return cast("F", _dispatcher(function, _Kernel))


def inline(function: F) -> F:
    """Compile what kernels call, as part of each kernel."""
    if numba_config.DISABLE_JIT:  # type: ignore[attr-defined]  # numba sets its options at run time
        return function
    return cast("F", _Helper(function))


def _scratch(rows: int, columns: int) -> NDArray[np.int64]:
    """Return a (rows, columns) int64 array of arbitrary contents that lives until the calling kernel returns."""
    return np.empty((rows, columns), np.int64)


@intrinsic
def _stack_scratch(typing_context: Any, rows: Any, columns: Any) -> Any:
    array = types.Array(types.int64, 2, "C")

    def lowered(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        num_rows, num_columns = (
            context.cast(builder, value, given, types.intp)
            for value, given in zip(arguments, signature.args, strict=True)
        )
        number = context.get_data_type(types.int64)
        size = context.get_abi_sizeof(number)
        data = builder.alloca(number, size=builder.mul(num_rows, num_columns))
        result = context.make_array(array)(context, builder)
        item = context.get_constant(types.intp, size)
        pack: Any = cgutils.pack_array
        context.populate_array(
            result,
            data=builder.bitcast(data, result.data.type),
            shape=pack(builder, (num_rows, num_columns)),
            strides=pack(builder, (builder.mul(num_columns, item), item)),
            itemsize=item,
            meminfo=None,
        )
        return result._getvalue()

    return array(rows, columns), lowered


_is_plain = bool(numba_config.DISABLE_JIT)  # type: ignore[attr-defined]
scratch: Callable[[int, int], NDArray[np.int64]] = _scratch if _is_plain else cast("Any", _stack_scratch)
"""`scratch(rows, columns)` in a kernel: a (rows, columns) int64 array of arbitrary contents, on the stack; never call
it in a loop, and never let the array outlive the call. Python's own memory in uncompiled kernels."""


def records(array: NDArray[np.void]) -> NDArray[np.void]:
    """Return a structured array in the form in which kernels may say `array[i].field`.

    Compiled code may always; plain Python (`NUMBA_DISABLE_JIT=1`) needs a view of another class.
    """
    if numba_config.DISABLE_JIT:  # type: ignore[attr-defined]  # numba sets its options at run time
        return array.view(np.recarray)
    return array


def plain(function: F) -> F:
    """Return the uncompiled form of a kernel: the oracle of its tests."""
    return cast("F", getattr(function, "py_func", function))
