@testable import ModelStore
import Testing

/// Names, digests and file names.
@Suite struct NameTests {
    @Test(arguments: [
        ("gemma", "gemma:latest", "registry.ollama.ai/library/gemma/latest"),
        ("gemma:270m", "gemma:270m", "registry.ollama.ai/library/gemma/270m"),
        ("registry.ollama.ai/library/gemma", "gemma:latest", "registry.ollama.ai/library/gemma/latest"),
        ("org/model", "org/model:latest", "registry.ollama.ai/org/model/latest"),
        ("library/gemma:2b", "gemma:2b", "registry.ollama.ai/library/gemma/2b"),
        ("hf.co/org/Name.GGUF:Q4_K_M", "hf.co/org/Name.GGUF:Q4_K_M", "hf.co/org/Name.GGUF/Q4_K_M"),
        ("huggingface.co/org/name:Q8_0", "hf.co/org/name:Q8_0", "hf.co/org/name/Q8_0"),
        ("HF.co/org/name", "hf.co/org/name:latest", "hf.co/org/name/latest"),
        ("localhost:5000/m:1", "localhost:5000/library/m:1", "localhost:5000/library/m/1"),
        ("example.com/ns/m", "example.com/ns/m:latest", "example.com/ns/m/latest"),
    ])
    func `a name has one canonical spelling and one place`(text: String, short: String, path: String) throws {
        let reference = try #require(ModelReference(text))
        #expect(reference.short == short)
        #expect(reference.manifestPath == path)
        #expect(ModelReference(reference.short) == reference)
    }

    @Test(arguments: [
        "", ":", "m:", ":tag", "/", "a/", "/a", "a//b", "..", "../m", "a/../b", "../../etc/passwd", "m:..", "m/..:x",
        ".m",
        "a b", "m\n", "m\u{0}", "mod\u{e9}l", "m:t:u", "a/b/c/d", "m@sha256:00", "-m", "https://hf.co/a/b",
        "host:1:2/../m",
        String(repeating: "m", count: 129),
    ])
    func `what could lead out of the store, or is no name, is refused`(text: String) {
        #expect(ModelReference(text) == nil)
        #expect(ModelReference.canonical(text) == text)
    }

    @Test func `a name of megabytes is refused at once`() {
        #expect(ModelReference(String(repeating: "m/", count: 1 << 20)) == nil)
    }

    @Test func `any file name becomes a name`() {
        #expect(ModelReference(sanitising: "My Model (v2)")?.short == "My-Model--v2-:latest")
        #expect(ModelReference(sanitising: "..x")?.short == "x:latest")
        #expect(ModelReference(sanitising: "日本") == nil)
    }

    @Test func `a digest is 64 lower-case digits, in three spellings`() throws {
        let hex = String(repeating: "0a", count: 32)
        let digest = try #require(BlobDigest("sha256:\(hex)"))
        #expect(digest.fileName == "sha256-\(hex)")
        #expect(BlobDigest(fileName: digest.fileName) == digest)
        #expect(BlobDigest(hex: hex)?.description == "sha256:\(hex)")
        for wrong in [
            "sha256:", "sha256:../../x", "sha256:\(hex)0", "sha256:\(hex.uppercased())", "sha512:\(hex)", hex,
        ] {
            #expect(BlobDigest(wrong) == nil)
        }
        #expect(BlobDigest(fileName: "sha256-\(hex)-partial") == nil)
    }

    @Test func `a digest of bytes is their SHA-256`() {
        let abc = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"
        #expect(BlobDigest(of: Array("abc".utf8)).hex == abc)
    }

    @Test(arguments: [
        ("gemma-3-270m-q4_k_m.gguf", "Q4_K_M"), ("Model-IQ4_XS.gguf", "IQ4_XS"), ("m-UD-Q4_K_XL.gguf", "UD-Q4_K_XL"),
        ("model_Q8_0.gguf", "Q8_0"), ("m.Q5_K_S.gguf", "Q5_K_S"), ("m-f16.gguf", "F16"),
        ("gpt-oss-20b-mxfp4.gguf", "MXFP4"),
        ("Llama-Q4_K_M-00001-of-00003.gguf", "Q4_K_M"), ("m-Q4_K_M-imat.gguf", "Q4_K_M"), ("Qwen2.5-7B.gguf", nil),
        ("q.gguf", nil),
    ])
    func `a quantisation is read from a file's name`(name: String, quantisation: String?) {
        #expect(GGUFFileName(name)?.quantisation == quantisation)
    }

    @Test func `parts and projectors are known by their names`() throws {
        let part = try #require(GGUFFileName("m-Q8_0-00002-of-00003.gguf"))
        #expect(part.base == "m-Q8_0")
        #expect(part.part == .init(index: 2, count: 3))
        #expect(GGUFFileName("m-00004-of-00003.gguf")?.part == nil)
        #expect(GGUFFileName("m-00001-of-00001.gguf")?.part == nil, "a whole of one part is a file of its own name")
        #expect(GGUFFileName("mmproj-F16.gguf")?.isProjector == true)
        #expect(GGUFFileName("notes.txt") == nil)
    }
}
