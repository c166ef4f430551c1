// What can be read off the text of a page, before a browser repairs it.
//
// In: the HTML. Out: sentences about what is wrong.
// Must not use a browser.

const VOID = new Set(["meta", "br", "wbr", "hr", "img", "input", "link"]);

/** Sentences about elements that do not end where they should, and about what would load or run. */
export function faultsOfSource(html) {
  return [...unbalanced(html), ...forbidden(html)];
}

function unbalanced(html) {
  const faults = [];
  const open = [];
  // The style sheet is the only place where a "<" or ">" would not be markup.
  const body = html.replace(/<style>[^<]*<\/style>/g, "<style></style>");
  const tag = /<(\/?)([a-zA-Z][a-zA-Z0-9]*)((?:\s+[^\s=>"]+(?:="[^"]*")?)*)\s*(\/?)>|<!DOCTYPE html>|</g;
  for (const [whole, end, name, attributes, selfClosed] of body.matchAll(tag)) {
    if (whole === "<") {
      faults.push("a < is neither a tag nor escaped");
    } else if (name === undefined || VOID.has(name)) {
      continue;
    } else if (end) {
      const expected = open.pop();
      if (expected !== name) {
        faults.push(`</${name}> stands where </${expected}> should`);
        return faults;
      }
    } else if (!selfClosed) {
      open.push(name);
      const names = [...attributes.matchAll(/\s([^\s=>"]+)(?:="[^"]*")?/g)].map((match) => match[1]);
      const twice = names.find((attribute, at) => names.indexOf(attribute) !== at);
      if (twice) {
        faults.push(`<${name}> has the attribute ${twice} twice`);
      }
    }
  }
  if (open.length > 0) {
    faults.push(`not closed: ${open.join(", ")}`);
  }
  return faults;
}

function forbidden(html) {
  const style = /<style>([^<]*)<\/style>/.exec(html)?.[1] ?? "";
  const found = [
    [html, "<script"],
    [html, "javascript:"],
    [style, "url(http"],
    [style, "@import"],
    [style, "data:"],
  ];
  return found.filter(([text, word]) => text.includes(word)).map(([, word]) => `it contains ${word}`);
}
