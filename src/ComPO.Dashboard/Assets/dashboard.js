// What the page does without its node: light or dark, reading a chart by pointer or keys, and coming back when the node does.
(() => {
    "use strict";
    const root = document.documentElement;
    const themes = { "": "as the system has it", light: "light", dark: "dark" };
    const stored = () => { try { return localStorage.getItem("compo-theme") ?? ""; } catch { return ""; } };

    function showTheme(theme) {
        if (theme) root.dataset.theme = theme; else delete root.dataset.theme;
        const name = document.getElementById("theme-name");
        if (!name) return;
        name.textContent = `Light or dark: ${themes[theme]}`;
        name.parentElement.title = name.textContent;
    }

    // Before the first paint.
    showTheme(stored());
    document.addEventListener("click", event => {
        if (!event.target.closest("#theme")) return;
        const names = Object.keys(themes);
        const next = names[(names.indexOf(stored()) + 1) % names.length];
        try { localStorage.setItem("compo-theme", next); } catch { /* Then it lasts as long as the page. */ }
        showTheme(next);
    });

    // The title says what the page shows. It is set here, since Blazor's own is gone for a moment while the page comes to life.
    document.addEventListener("DOMContentLoaded", () => {
        const entitle = () => { document.title = document.getElementById("main")?.dataset.title || document.title; };
        entitle();
        new MutationObserver(entitle).observe(document.body, { subtree: true, childList: true, attributeFilter: ["data-title"] });
    });

    // One hair, one tip and one voice for all charts; they are not Blazor's, so they live outside of what it draws.
    const hair = Object.assign(document.createElement("div"), { className: "hair" });
    const tip = Object.assign(document.createElement("div"), { className: "tip" });
    const voice = Object.assign(document.createElement("div"), { className: "unseen" });
    voice.setAttribute("aria-live", "polite");
    const layer = Object.assign(document.createElement("div"), { hidden: true });
    Object.assign(layer.style, { position: "absolute", pointerEvents: "none", zIndex: 3 });
    layer.append(hair, tip);
    document.addEventListener("DOMContentLoaded", () => { document.body.append(layer, voice); showTheme(stored()); });
    let at = 0;

    function point(plot, index) {
        const places = plot.dataset.places.split(" ").map(Number);
        const texts = JSON.parse(plot.dataset.texts);
        at = Math.max(0, Math.min(places.length - 1, index(places)));
        const box = plot.getBoundingClientRect();
        const x = box.width * places[at] / 1000;
        Object.assign(layer.style, { left: `${box.left + scrollX}px`, top: `${box.top + scrollY}px`, width: `${box.width}px`, height: `${box.height}px` });
        layer.hidden = false;
        hair.style.left = `${x}px`;
        tip.textContent = texts[at];
        tip.style.left = `${x > box.width / 2 ? x - tip.offsetWidth - 8 : x + 8}px`;
        return texts[at];
    }

    const nearest = share => places => places.reduce((best, place, i) => Math.abs(place - share) < Math.abs(places[best] - share) ? i : best, 0);
    const plotOf = event => event.target.closest?.(".plot");
    document.addEventListener("pointermove", event => {
        const plot = plotOf(event);
        if (!plot) { if (!document.activeElement?.matches(".plot")) layer.hidden = true; return; }
        const box = plot.getBoundingClientRect();
        point(plot, nearest(1000 * (event.clientX - box.left) / box.width));
    });
    document.addEventListener("focusout", event => { if (plotOf(event)) layer.hidden = true; });
    document.addEventListener("keydown", event => {
        const plot = plotOf(event);
        const step = { ArrowLeft: -1, ArrowRight: 1, Home: -Infinity, End: Infinity }[event.key];
        if (event.key === "Escape") layer.hidden = true;
        if (!plot || step === undefined) return;
        event.preventDefault();
        const from = layer.hidden ? Infinity : at + step;
        voice.textContent = point(plot, places => from === Infinity ? places.length - 1 : from).replaceAll("\n", ", ");
    });

    // A node that was started again knows nothing of this page: it is loaded anew. The event does not bubble.
    document.addEventListener("components-reconnect-state-changed", async event => {
        if (event.detail.state !== "rejected" && event.detail.state !== "failed") return;
        for (;;) {
            try { if ((await fetch("", { cache: "no-store" })).ok) break; } catch { /* It is not there yet. */ }
            await new Promise(resolve => setTimeout(resolve, 2000));
        }
        location.reload();
    }, true);
})();
