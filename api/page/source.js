// A document beside the talk, scrolled to a quote and with the quote highlighted.

import { readDocument, standing } from "./api.js";
import { $, el } from "./dom.js";
import { hideTip, openPanel } from "./panels.js";
import { inUnits, pieces } from "./text.js";
import { t, troubleWords } from "./words.js";

let newest;

/** The document, null when there is none any more. */
const find = (id) => readDocument(id).catch((trouble) => {
	if (trouble.status === 404) return null;
	throw trouble;
});

function holds(document, { span, cited_text }) {
	const [at] = document ? inUnits(document.text, [span]) : [];
	return at && document.text.slice(at.start, at.end) === cited_text;
}

/** `[document, spans, note]`: where a place is, its span first. */
async function look(place) {
	const document = await find(place.document_id);
	if (!place.span) return [document, [], document ? "" : "e_404"];
	if (holds(document, place)) return [document, [place.span, ...place.also ?? []]];
	const now = place.id && (await standing(place.id).catch(() => null));
	const today = now?.document_id ? await find(now.document_id) : document;
	if (now?.status === "moved") return [today, [now.source_span], "quoteMoved"];
	return [today, [], today ? "quoteChanged" : "quoteGone"];
}

/** Show a place: `{document_id, title, source}`, with `span` and `cited_text` to highlight, `id` if
 * it is a citation, and `also`, the spans of other quotes in the document. */
export async function openSource(place, opener, closing) {
	newest = place;
	hideTip();
	openPanel("source", opener, closing);
	const [box, note] = [$("source-text"), $("source-note")];
	const say = (words) => {
		note.textContent = words;
		note.hidden = !words;
	};
	$("source-title").textContent = place.title || place.source;
	$("source-name").textContent = place.title && place.source;
	$("source-title").focus();
	box.replaceChildren();
	say(t("loading"));
	const [found, spans, why] = await look(place).catch((trouble) => [null, [], troubleWords(trouble)]);
	if (newest !== place) return;
	say(why ? t(why) : "");
	if (!found) return box.replaceChildren(place.cited_text ?? "");
	box.lang = found.languages.length === 1 ? found.languages[0] : "";
	box.replaceChildren(...pieces(found.text, inUnits(found.text, spans)).map(({ text, of }) =>
		of.length ? el("mark", { class: of.includes(0) && "on" }, text) : text));
	box.scrollTop = 0;
	const quote = box.querySelector(".on");
	if (!quote) return;
	quote.tabIndex = -1;
	quote.focus({ preventScroll: true });
	quote.scrollIntoView({ block: quote.offsetHeight > box.offsetHeight ? "start" : "center" });
}
