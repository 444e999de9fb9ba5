"""Writes a GGUF again with all its weights as F32: a small model that is as heavy to load as a large one.

    dequantize.py SOURCE.gguf TARGET.gguf
"""

import os
import sys

import gguf


def main(source: str, target: str) -> None:
    reader = gguf.GGUFReader(source)
    architecture = reader.fields["general.architecture"].contents()
    partial = target + ".partial"
    writer = gguf.GGUFWriter(partial, architecture)
    for name, field in reader.fields.items():
        # The writer sets these three itself, and the architecture with them.
        if name.startswith("GGUF.") or name == "general.architecture":
            continue
        if name == "general.file_type":
            writer.add_uint32(name, int(gguf.LlamaFileType.ALL_F32))
            continue
        kind = field.types[0]
        inner = field.types[1] if kind == gguf.GGUFValueType.ARRAY else None
        writer.add_key_value(name, field.contents(), kind, sub_type=inner)
    for tensor in reader.tensors:
        writer.add_tensor(tensor.name, gguf.quants.dequantize(tensor.data, tensor.tensor_type))
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.write_tensors_to_file()
    writer.close()
    # Under its own name only when whole, so that an interrupted run is begun anew.
    os.rename(partial, target)


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2])
