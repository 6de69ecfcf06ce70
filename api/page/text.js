// Spans and markers. The service counts code points, JavaScript UTF-16 units. No DOM here.

/** `{start, end}` in code points of `text` -> in units. */
export function inUnits(text, spans) {
	const wide = []; // the places of characters that take two units
	let at = 0;
	if (/[\ud800-\udfff]/.test(text)) {
		for (const character of text) {
			if (character.length > 1) wide.push(at);
			at += 1;
		}
	}
	const unit = (point) => point + wide.filter((place) => place < point).length;
	return spans.map(({ start, end }) => ({ start: unit(start), end: unit(end) }));
}

/** `text` cut wherever a span (in units) begins or ends: `[{text, start, end, of}]`, `of` the
 * numbers of the spans over the piece. */
export function pieces(text, spans) {
	const cuts = new Set([0, text.length, ...spans.flatMap(({ start, end }) => [start, end])]);
	const sorted = [...cuts].sort((a, b) => a - b);
	return sorted.slice(1).map((end, i) => {
		const start = sorted[i];
		const of = [...spans.keys()].filter((n) => spans[n].start <= start && end <= spans[n].end);
		return { text: text.slice(start, end), start, end, of };
	});
}

/** The markers such as [1] of citations: `[{start, end, citation}]`, in units, `citation` its
 * number. A [1] that stands in the quote itself is the source's own. */
function markers(text, citations, spans) {
	return [...text.matchAll(/\[(\d+)\]/g)].flatMap((match) => {
		const [start, end] = [match.index, match.index + match[0].length];
		const inside = (n) => spans[n].start <= start && end <= spans[n].end;
		const owner = citations.findLastIndex((citation, n) =>
			citation.marker === +match[1] && (inside(n) || spans[n].end <= start));
		const quoted = citations.some(({ cited_text }, n) => inside(n) && cited_text.includes(match[0]));
		return owner < 0 || quoted ? [] : [{ start, end, citation: owner }];
	});
}

/** An answer as it is shown: `{mark}`, the number of a citation, or `{text, cites, short, weak,
 * last}`: the citations over it, whether it is the short answer, why no source carries it, and
 * whether that ends here. */
export function answerPieces(text, citations, unsupported = [], short = "") {
	const cited = inUnits(text, citations.map((citation) => citation.answer_span));
	const weak = inUnits(text, unsupported);
	const marks = markers(text, citations, cited);
	const from = short ? text.indexOf(short, cited[0]?.start) : -1;
	const brief = from < 0 ? [] : [{ start: from, end: from + short.length }];
	const first = (list, { start, end }) =>
		list.findIndex((span) => span.start <= start && end <= span.end);
	return pieces(text, [...cited, ...marks, ...weak, ...brief]).flatMap((piece) => {
		const mark = marks[first(marks, piece)];
		if (mark) return [{ mark: mark.citation }];
		if (!piece.text.trim() && marks.some(({ start }) => start === piece.end)) return [];
		const lack = first(weak, piece);
		return [{
			text: piece.text,
			cites: piece.of.filter((n) => n < cited.length),
			short: first(brief, piece) === 0,
			weak: unsupported[lack]?.why,
			last: weak[lack]?.end === piece.end,
		}];
	});
}
