"""Files that readers must understand, and checks of files that Java wrote."""

from fixture_files import check, fixture

# ---- io: safetensors files, both ways ----


@fixture("io/python.safetensors")
def safetensors_all_types(path):
    """Every element type the reader knows or must refuse, odd shapes, Unicode names, metadata."""
    import torch
    from safetensors.torch import save_file

    halves = torch.tensor([0.0, -0.0, 1.5, -65504.0, 6e-8, float("inf"), float("-inf")])
    tensors = {
        "f64": torch.arange(6, dtype=torch.float64).reshape(2, 3) / 7,
        "f32": torch.arange(24, dtype=torch.float32).reshape(2, 3, 4) / 7,
        "f16": halves.to(torch.float16),
        "bf16": torch.tensor([1.0, -2.5, 3.140625, 1e38], dtype=torch.bfloat16),
        "i32": torch.tensor([-(2**31), -1, 0, 2**31 - 1], dtype=torch.int32),
        "i64": torch.tensor([2**40], dtype=torch.int64),
        "u8": torch.tensor([1, 2, 255], dtype=torch.uint8),
        "bool": torch.tensor([True, False]),
        "scalar": torch.tensor(2.5, dtype=torch.float64),
        "empty": torch.zeros(0, 5),
        "größe 😀": torch.tensor([7.0]),
    }
    save_file(tensors, path, metadata={"format": "pt", "süß": "日本 😀"})


@check("io/java.safetensors")
def safetensors_written_by_java(path):
    """The golden file of SafetensorsWriterTest, read by the safetensors package."""
    import numpy as np
    from safetensors import safe_open

    with safe_open(path, framework="np") as f:
        assert f.metadata() == {"format": "lm4j", "süß": "日本 😀"}, f.metadata()
        got = {name: f.get_tensor(name) for name in f.keys()}
    expected = {
        "weight": np.arange(6, dtype=np.float32).reshape(2, 3) / np.float32(7),
        "moment": np.arange(4, dtype=np.float64) / 7,
        "ids": np.array([-(2**31), 0, 2**31 - 1], dtype=np.int32),
        "scalar": np.array(2.5, dtype=np.float64),
        "empty": np.zeros((0, 5), dtype=np.float32),
        'größe "😀"\n': np.array([7], dtype=np.float32),
    }
    assert got.keys() == expected.keys(), got.keys()
    for name, value in expected.items():
        assert got[name].dtype == value.dtype, name
        assert got[name].shape == value.shape, name
        assert np.array_equal(got[name], value), name


# ---- io: NumPy's arrays, both ways ----


@fixture("io/python-deflated.npz")
def numpy_all_types(path):
    """Every element type and order the reader knows or must refuse, deflated."""
    import numpy as np

    values = np.arange(24).reshape(2, 3, 4)
    limits = {
        f"{kind}{size}": [np.iinfo(f"{kind}{size}").min, np.iinfo(f"{kind}{size}").max]
        for kind in "iu"
        for size in (1, 2, 4, 8)
    }
    np.savez_compressed(
        path,
        **{f"{order}f{size}": (values / 7).astype(f"{order}f{size}") for order in "<>" for size in (2, 4, 8)},
        **{f"{order}i{size}": values.astype(f"{order}i{size}") for order in "<>" for size in (2, 4, 8)},
        **{name: np.array(pair, dtype=name) for name, pair in limits.items()},
        fortran=np.asfortranarray(values.astype("<f4")),
        matrix=np.asfortranarray(np.arange(6, dtype=">i2").reshape(2, 3)),
        special=np.array([np.nan, np.inf, -np.inf, -0.0], dtype="<f4"),
        bool=np.array([True, False]),
        scalar=np.array(2.5),
        empty=np.zeros((0, 5), dtype="<f4"),
        texts=np.array(["a.jpg", "größe 😀", ""]),
        big_texts=np.array(["a.jpg", "größe 😀", ""]).astype(">U7"),
        bytes=np.array([b"a.jpg", b"b"]),
        complex=np.array([1j]),
        structured=np.zeros(2, dtype=[("x", "<f4"), ("y", "<i4")]),
        object=np.array([{}], dtype=object),
        date=np.array(["2020-01-01"], dtype="datetime64[D]"),
    )


@fixture("io/python-stored.npz")
def numpy_all_versions(path):
    """Headers of versions 1.0, 2.0 and 3.0, stored."""
    import zipfile

    import numpy as np

    with zipfile.ZipFile(path, "w", zipfile.ZIP_STORED) as archive:
        for version in ((1, 0), (2, 0), (3, 0)):
            info = zipfile.ZipInfo(f"v{version[0]}.npy", (1980, 1, 1, 0, 0, 0))
            with archive.open(info, "w") as file:
                np.lib.format.write_array(file, np.arange(3, dtype="<f4") / 7, version)


@fixture("io/python.npy")
def numpy_array(path):
    """A single array, (2, 3, 4) in single precision."""
    import numpy as np

    np.save(path, np.arange(24, dtype="<f4").reshape(2, 3, 4) / 7)


@check("io/java.npz")
def numpy_written_by_java(path):
    """The golden archive of NumpyTest, read by NumPy."""
    import numpy as np

    expected = {
        "weight": (np.arange(6, dtype="<f4") / np.float32(7)).reshape(2, 3),
        "moment": np.arange(4, dtype="<f8") / 7,
        "ids": np.array([-(2**31), 0, 2**31 - 1], dtype="<i4"),
        "scalar": np.array(2.5),
        "empty": np.zeros((0, 5), dtype="<f4"),
        "names": np.array(["a.jpg", "größe 😀", ""]),
    }
    with np.load(path) as got:
        assert list(got) == list(expected), list(got)
        for name, value in expected.items():
            assert got[name].dtype == value.dtype, (name, got[name].dtype)
            assert got[name].shape == value.shape, name
            assert np.array_equal(got[name], value), name
