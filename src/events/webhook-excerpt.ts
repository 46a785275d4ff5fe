/** Longest excerpt: a line that says what was wrong. */
export const EXCERPT_LENGTH = 200

/**
 * Words that receivers explain themselves with. An answer may hold anything, a person's name as well as a key, so only
 * these words of it are kept and everything else is an ellipsis: what we say ourselves is no personal data.
 */
const WORDS = new Set(
  `a accept accepted access account action after again algorithm allowed already an and any api app application are argument array at
  attribute auth authentication authorization authorized availability available back bad base64 be because been before blocked body
  boolean broken bucket buffer busy by cache call cannot certificate challenge check checksum client closed code conflict connect
  connection contact content context cookie could created data database decode default deleted delivery denied deploy deprecated
  detail details did digest disabled disconnected dns document does domain done down duplicate duration empty enabled encoding
  endpoint error errors event events exceeded exception exist exists expected expired external fail failed failure false field file
  firewall for forbidden format found from function gateway get given gone handler has hash have header headers hmac host hosting
  html http https id identifier if ignored in incorrect internal invalid ip is issue it item json key keys large length limit limited
  line list load location locked login long lookup maintenance malformed match matching max maximum media message method middleware
  missing mismatch moved must name network nginx no not null number object of off offline ok old on only operation or origin
  overloaded own page parameter parse parser parsing path payload payment permanently permission please port post processed
  processing property protocol proxy queue rate reached read received redirect refused rejected replay request requests required
  reset resource response retry route router rule rules schema secret security see server service session signature size slow
  source status stopped storage string subscription success supported syntax system tag take temporarily temporary than that the
  there this throttled time timed timeout timestamp tls to token tolerance too true try type unable unauthenticated unauthorized
  unavailable undefined unexpected unknown unprocessable unreachable unsupported up upstream url use used user valid validation
  value verification verified verify version violation was webhook webhooks were while with worker write wrong your`.split(
    /\s+/,
  ),
)
const HIDDEN = '…'

/** What an answer says, in these words alone; null where nothing of it is said in them. */
export function excerptOf(answer: string): string | null {
  const text = answer.replace(/<(script|style)\b[\s\S]*?(<\/\1>|$)/gi, ' ').replace(/<[^>]*>?/g, ' ')
  const kept = text
    .split(/[^\p{L}\p{N}\p{M}@._-]+/u)
    .flatMap(spaced)
    .map(word => (WORDS.has(word.toLowerCase()) ? word.toLowerCase() : HIDDEN))
    .filter((word, index, all) => word !== HIDDEN || all[index - 1] !== HIDDEN)
  if (kept.every(word => word === HIDDEN)) return null
  const said = kept.join(' ')
  return said.length <= EXCERPT_LENGTH ? said : `${said.slice(0, EXCERPT_LENGTH - 1).trimEnd()}${HIDDEN}`
}

/** `invalid_signature` and `not-found.` are several words; an address is one. */
function spaced(chunk: string): string[] {
  if (chunk.includes('@')) return [chunk]
  return chunk.split(/[._-]+/).filter(Boolean)
}
