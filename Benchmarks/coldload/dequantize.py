"""Writes a GGUF again with all its weights as F32: a small model that is as heavy to load as a large one. Or as F16 or
Q8_0, to compare the same model in several sizes.

    dequantize.py SOURCE.gguf TARGET.gguf [F32|F16|Q8_0]
"""

import os
import sys

import gguf


FILE_TYPES = {
    "F32": gguf.LlamaFileType.ALL_F32, "F16": gguf.LlamaFileType.MOSTLY_F16, "Q8_0": gguf.LlamaFileType.MOSTLY_Q8_0}


def main(source: str, target: str, wanted: str = "F32") -> None:
    reader = gguf.GGUFReader(source)
    architecture = reader.fields["general.architecture"].contents()
    partial = target + ".partial"
    writer = gguf.GGUFWriter(partial, architecture)
    for name, field in reader.fields.items():
        # The writer sets these three itself, and the architecture with them.
        if name.startswith("GGUF.") or name == "general.architecture":
            continue
        if name == "general.file_type":
            writer.add_uint32(name, int(FILE_TYPES[wanted]))
            continue
        kind = field.types[0]
        inner = field.types[1] if kind == gguf.GGUFValueType.ARRAY else None
        writer.add_key_value(name, field.contents(), kind, sub_type=inner)
    for tensor in reader.tensors:
        weights = gguf.quants.dequantize(tensor.data, tensor.tensor_type)
        # Engines take vectors, such as those of norms, as F32 only.
        kind = gguf.GGMLQuantizationType[wanted if weights.ndim > 1 else "F32"]
        writer.add_tensor(tensor.name, gguf.quants.quantize(weights, kind), raw_dtype=kind)
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.write_tensors_to_file()
    writer.close()
    # Under its own name only when whole, so that an interrupted run is begun anew.
    os.rename(partial, target)


if __name__ == "__main__":
    main(*sys.argv[1:])
