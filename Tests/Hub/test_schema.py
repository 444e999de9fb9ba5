"""The small validator behind scripts/check-hub: what it promises of JSON Schema."""

import sys
import unittest
from pathlib import Path

sys.dont_write_bytecode = True
sys.path.insert(0, str(Path(__file__).resolve().parents[2] / "scripts"))

from hub.schema import problems  # noqa: E402


class Schema(unittest.TestCase):
    def found(self, value, schema):
        return list(problems(value, schema))

    def test_types(self):
        samples = {"object": {}, "array": [], "string": "a", "integer": 1, "number": 1.5, "boolean": True}
        for kind in samples:
            for other, value in samples.items():
                fits = kind == other or (kind, other) == ("number", "integer")
                with self.subTest(f"{other} as {kind}"):
                    self.assertEqual(self.found(value, {"type": kind}) == [], fits)

    def test_the_place_is_named(self):
        schema = {"properties": {"a": {"items": {"properties": {"b": {"type": "string"}}}}}}
        self.assertEqual(self.found({"a": [{"b": "x"}, {"b": 1}]}, schema), ["a[1].b must be a string, but is 1"])

    def test_of_several_forms_the_nearest_is_spoken_of(self):
        schema = {"oneOf": [
            {"type": "object", "required": ["x", "y", "z"], "properties": {}},
            {"type": "object", "required": ["a", "b"], "properties": {"a": {}, "b": {}}},
        ]}
        self.assertEqual(self.found({"a": 1, "b": 2}, schema), [])
        self.assertEqual(self.found({"a": 1}, schema), ['the file lacks "b"'])

    def test_of_several_forms_the_one_that_a_member_names_is_spoken_of(self):
        schema = {"oneOf": [
            {"type": "object", "properties": {"type": {"const": "text"}, "b": {"type": "string"}}},
            {"type": "object", "required": ["b", "c"], "properties": {"type": {"const": "number"}}},
        ]}
        self.assertEqual(self.found({"type": "text", "b": 1}, schema), ["b must be a string, but is 1"])

    def test_limits(self):
        self.assertEqual(self.found(3, {"minimum": 1, "maximum": 3}), [])
        self.assertEqual(len(self.found(4, {"minimum": 1, "maximum": 3})), 1)
        self.assertEqual(len(self.found([], {"minItems": 1})), 1)
        self.assertEqual(len(self.found("", {"minLength": 1})), 1)
        self.assertEqual(len(self.found("b", {"pattern": "^a"})), 1)
        self.assertEqual(len(self.found("b", {"const": "a"})), 1)

    def test_a_keyword_that_nobody_would_check(self):
        with self.assertRaisesRegex(ValueError, "uniqueItems"):
            self.found([1, 1], {"uniqueItems": True})

    def test_references(self):
        schema = {"$ref": "#/$defs/key", "$defs": {"key": {"type": "string"}}}
        self.assertEqual(self.found("a", schema), [])
        self.assertEqual(len(self.found(1, schema)), 1)


if __name__ == "__main__":
    unittest.main()
