// Reads a formula out as plain text, for titles and for the search: x_i^2/(2 n) = √a.

const SPACED = /^[=≠<>≤≥≪≫≈≃≅∼∝≡+−±×·∈∉⊂⊆∪∩→←↔⇒⇔↦∣:∧∨]$/;
const HIDDEN = /[\u2061-\u2064]/g; // applied function, invisible product
const ACCENTS = {'^': '\u0302', 'ˆ': '\u0302', '~': '\u0303', '˜': '\u0303',
  '¯': '\u0304', '―': '\u0304', '˙': '\u0307', '→': '\u20d7'};

// A part of a formula, in parentheses if it is more than one thing.
function grouped(node) {
  const text = plain(node).trim();
  return /^([\p{L}\p{M}\p{N}.]*|.|\([^()]*\))$/u.test(text) ? text : `(${text})`;
}

function token(node) {
  const text = node.getText().replace(HIDDEN, '').trim();
  if (!text) return '';
  if (node.isKind('mo')) {
    if (text === ',' || text === ';') return `${text} `;
    return SPACED.test(text) && node.form !== 'prefix' ? ` ${text} ` : text;
  }
  return node.isKind('mtext') || text.length > 1 && /^\p{L}/u.test(text) ? ` ${text} ` : text;
}

function scripts([base, low, high]) {
  const accent = ACCENTS[high && plain(high).trim()];
  const text = plain(base).trim();
  if (accent && !low) return text + accent;
  if (high && /^[′″]$/.test(plain(high))) return text + plain(high);
  const end = /[\p{L}\p{N})]$/u.test(text) ? '' : ' '; // of what acts on the next thing
  return text + (low ? `_${grouped(low)}` : '') + (high ? `^${grouped(high)}` : '') + end;
}

function plain(node) {
  if (!node) return '';
  if (node.isToken) return node.isKind('mspace') ? ' ' : token(node);
  const parts = node.childNodes;
  switch (node.kind) {
    case 'msub': case 'munder': return scripts([parts[0], parts[1]]);
    case 'msup': case 'mover': return scripts([parts[0], null, parts[1]]);
    case 'msubsup': case 'munderover': return scripts(parts);
    case 'mfrac': return ` ${grouped(parts[0])}/${grouped(parts[1])} `;
    case 'msqrt': return `√${grouped(parts[0])}`;
    case 'mtable': return parts.map(plain).join('; ');
    case 'mlabeledtr': return parts.slice(1).map(plain).join(' ');
    case 'mphantom': return '';
    default: return parts.map(plain).join('');
  }
}

// The text of a whole formula.
export function plainText(root) {
  return plain(root)
    .replace(/\s+/g, ' ')
    .replace(/([([]) | (?=[)\],;(])/g, '$1')
    .replace(/(^ ?|[([=,;] ?)([−+]) /g, '$1$2')
    .trim();
}
