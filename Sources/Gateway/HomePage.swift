/// What a browser sees at `/`: what this is, how to use it, and live counts. One file, nothing loaded from elsewhere.
enum HomePage {
    static let html = """
        <!doctype html>
        <html lang="en">
        <head>
        <meta charset="utf-8">
        <meta name="viewport" content="width=device-width, initial-scale=1">
        <meta name="color-scheme" content="light dark">
        <title>Kindling: local queue</title>
        <style>\(style)</style>
        </head>
        <body>
        <main>
        <header>
        <h1>Kindling</h1>
        <p>A local queue with the API of a serverless endpoint. Clients send jobs here; workers take them, run them on an
        engine, and bring back the answers. Both sides speak HTTP on this port.</p>
        </header>

        <section aria-label="Counts" class="counts" id="counts" aria-live="off">
        \(counts)
        </section>
        <p class="note" id="note">Counts are read from <code>/health</code>.</p>

        <h2>Send a job</h2>
        \(examples)

        <h2>All routes</h2>
        <p>At the root, and below <code>/v2/&lt;any endpoint name&gt;</code> as on the platform.</p>
        <div class="wide"><table>
        <thead><tr><th scope="col">Route</th><th scope="col">Does</th></tr></thead>
        <tbody>
        \(routes)
        </tbody>
        </table></div>

        <h2>Attach a worker</h2>
        <p>Point its variables here; heartbeats are expected every 10 seconds.</p>
        <pre><code>\(worker)</code></pre>
        </main>
        <script>\(script)</script>
        </body>
        </html>
        """

    private static let counts = [
        ("jobs.inQueue", "waiting"), ("jobs.inProgress", "running"), ("jobs.completed", "completed"),
        ("jobs.failed", "failed"), ("workers.idle", "idle workers"), ("workers.running", "busy workers"),
    ].map { name, label in
        "<div><b data-count=\"\(name)\">&ndash;</b><span>\(label)</span></div>"
    }.joined(separator: "\n")

    private static let examples = [
        ("Now, and wait for the answer", "/runsync", "{\"input\": {\"prompt\": \"Why is the sky blue?\"}}"),
        (
            "In the background; ask /status or /stream for the answer", "/run",
            "{\"input\": {\"prompt\": \"Tell me a story.\", \"stream\": true}}"
        ),
        (
            "As an OpenAI client, streamed", "/openai/v1/chat/completions",
            "{\"stream\": true, \"messages\": [{\"role\": \"user\", \"content\": \"Hello\"}]}"
        ),
    ].map { title, path, body in
        "<h3>\(title)</h3>\n<pre><code>curl -N <i class=\"origin\">http://127.0.0.1:8000</i>\(path) \\\n  -d '\(body)'</code></pre>"
    }.joined(separator: "\n")

    private static let routes = [
        ("POST /run", "takes a job, answers with its id"),
        ("POST /runsync?wait=90000", "takes a job, answers with its result"),
        ("GET /status/&lt;id&gt;", "state, times, result; <code>?wait=</code> holds it until the job is done"),
        ("GET /stream/&lt;id&gt;", "the chunks since the last call; <code>?wait=</code> holds it until there is one"),
        ("POST /cancel/&lt;id&gt;", "ends a job, waiting or running"),
        ("POST /retry/&lt;id&gt;", "runs a failed job again"),
        ("POST /purge-queue", "drops all waiting jobs"),
        ("GET /health", "counts of jobs and workers; never asks for a key"),
        ("GET /metrics", "figures for Prometheus, if a worker runs in this process"),
        ("/openai/v1/&hellip;", "chat/completions, completions, embeddings, responses, models; also at /v1/&hellip;"),
        ("/api/&hellip;", "Ollama's: generate, chat, embed, tags, show, ps, version, if a worker runs in this process"),
        (
            "/ping, /invocations, /v2/models/&hellip;",
            "what SageMaker, Vertex AI and KServe ask; never a key for health"
        ),
    ].map { "<tr><td><code>\($0)</code></td><td>\($1)</td></tr>" }.joined(separator: "\n")

    private static let worker = """
        RUNPOD_WEBHOOK_GET_JOB=<i class="origin">http://127.0.0.1:8000</i>/v2/local/job-take/$ID
        RUNPOD_WEBHOOK_POST_OUTPUT=<i class="origin">http://127.0.0.1:8000</i>/v2/local/job-done/$RUNPOD_POD_ID/$ID
        RUNPOD_WEBHOOK_POST_STREAM=<i class="origin">http://127.0.0.1:8000</i>/v2/local/job-stream/$RUNPOD_POD_ID/$ID
        RUNPOD_WEBHOOK_PING=<i class="origin">http://127.0.0.1:8000</i>/v2/local/ping/$RUNPOD_POD_ID
        """

    /// The counts are asked for again after each answer, and not while nobody looks.
    static let script = """
        for (const place of document.querySelectorAll('.origin')) place.textContent = location.origin;
        const note = document.getElementById('note'), said = note.innerHTML;
        async function refresh() {
          if (!document.hidden) try {
            const health = await (await fetch('/health', { cache: 'no-store' })).json();
            for (const place of document.querySelectorAll('[data-count]')) {
              const [group, name] = place.dataset.count.split('.');
              place.textContent = health[group][name].toLocaleString();
            }
            note.innerHTML = said;
          } catch { note.textContent = 'The queue does not answer. These counts are old.'; }
          setTimeout(refresh, 1000);
        }
        refresh();
        """

    static let style = """
        :root { --ink: #1d1b18; --soft: #6a645b; --paper: #fbfaf7; --card: #fff; --line: #e4e0d8; --ember: #b8480f; }
        @media (prefers-color-scheme: dark) {
          :root { --ink: #ece8e1; --soft: #a39c90; --paper: #171512; --card: #201d19; --line: #38332c; --ember: #f0894b; }
        }
        * { box-sizing: border-box; }
        body { margin: 0; background: var(--paper); color: var(--ink); font: 16px/1.55 system-ui, sans-serif; }
        main { max-width: 46rem; margin: 0 auto; padding: 3rem 1.25rem 5rem; }
        h1 { font-size: 2rem; margin: 0 0 .4rem; letter-spacing: -.02em; color: var(--ember); }
        h2 { font-size: 1.15rem; margin: 2.6rem 0 .6rem; }
        h3 { font-size: .95rem; font-weight: 500; margin: 1.1rem 0 .4rem; color: var(--soft); }
        header p, p { max-width: 40rem; margin: 0 0 .8rem; }
        .counts { display: grid; grid-template-columns: repeat(3, 1fr); gap: .6rem; margin: 1.8rem 0 .6rem; }
        .counts div { background: var(--card); border: 1px solid var(--line); border-radius: .6rem; padding: .7rem .8rem; }
        .counts b { display: block; font-size: 1.5rem; font-weight: 600; font-variant-numeric: tabular-nums; line-height: 1.2; }
        .counts span, .note { color: var(--soft); font-size: .85rem; }
        pre { background: var(--card); border: 1px solid var(--line); border-radius: .6rem; padding: .8rem 1rem; overflow-x: auto; margin: 0; }
        code, pre { font: .875rem/1.5 ui-monospace, "SF Mono", Menlo, Consolas, monospace; }
        pre i { font-style: normal; color: var(--ember); }
        .wide { overflow-x: auto; }
        table { border-collapse: collapse; width: 100%; }
        th, td { text-align: left; vertical-align: top; padding: .45rem .9rem .45rem 0; border-bottom: 1px solid var(--line); }
        th { font-weight: 500; color: var(--soft); font-size: .85rem; }
        td:first-child { white-space: nowrap; }
        """
}
