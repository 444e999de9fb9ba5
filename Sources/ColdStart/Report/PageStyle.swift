/// How a page looks. Colours are those of ``WaterfallSVG``; each text has a contrast of 4.5 to its ground, as accessibility
/// guidelines ask.
enum PageStyle {
    static let text = """
        :root{color-scheme:light dark;--ground:#fff;--ink:#24292f;--faint:#57606a;--edge:#d0d7de;--accent:#bc4c00;\
        --bar:#fb8500;--panel:#f6f8fa;--bad:#cf222e;--badground:#ffebe9}
        @media (prefers-color-scheme:dark){:root{--ground:#0d1117;--ink:#e6edf3;--faint:#9198a1;--edge:#30363d;\
        --accent:#ffa657;--bar:#fb8500;--panel:#161b22;--bad:#ff7b72;--badground:#2d1214}}
        *{box-sizing:border-box}
        body{margin:0;background:var(--ground);color:var(--ink);font:16px/1.5 system-ui,-apple-system,"Segoe UI",sans-serif}
        main{max-width:1024px;margin:0 auto;padding:24px 16px 64px}
        h1{font-size:1.75rem;margin:0 0 16px}h2{font-size:1.2rem;margin:40px 0 8px}
        .facts{display:flex;flex-wrap:wrap;gap:8px;margin:0}
        .facts div{background:var(--panel);border:1px solid var(--edge);border-radius:8px;padding:8px 16px}
        dt{color:var(--faint);font-size:.85rem}dd{margin:0;font-size:1.25rem;font-weight:600;font-variant-numeric:tabular-nums}
        .wide{overflow-x:auto;margin:0 0 8px}.wide:focus-visible{outline:2px solid var(--accent)}
        .wide svg{display:block;width:100%;min-width:720px;height:auto}
        table{border-collapse:collapse;width:100%;font-variant-numeric:tabular-nums}
        caption{text-align:left;color:var(--faint);padding:4px 0}
        th,td{padding:4px 12px 4px 0;text-align:right;border-bottom:1px solid var(--edge);font-weight:400;white-space:nowrap;\
        vertical-align:top}
        th:first-child{text-align:left}thead th{color:var(--faint);font-size:.85rem}
        .sum th,.sum td{font-weight:600;border-bottom:0}
        .bar{display:inline-block;width:96px;height:10px;margin-left:8px;background:var(--panel);border-radius:3px;overflow:hidden}
        .bar span{display:block;height:100%;background:var(--bar)}
        .figure{display:inline-block;min-width:4em}
        .note{color:var(--faint);font-size:.9rem}
        .alarm{background:var(--badground);border:1px solid var(--bad);border-radius:8px;padding:4px 16px;margin:0 0 16px}
        .alarm h2{margin:8px 0;color:var(--bad)}.failure{color:var(--bad)}
        code{font:.9em ui-monospace,SFMono-Regular,Menlo,Consolas,monospace;background:var(--panel);padding:1px 5px;\
        border-radius:4px;overflow-wrap:anywhere}
        .start{border-top:1px solid var(--edge);padding:8px 0}summary{cursor:pointer}
        summary:focus-visible,select:focus-visible{outline:2px solid var(--accent)}
        #choice{display:flex;flex-wrap:wrap;gap:8px 24px;margin:0 0 8px}#choice[hidden]{display:none}
        select{font:inherit;max-width:100%}label{max-width:100%}
        """
}
