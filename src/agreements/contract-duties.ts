/**
 * Whose hours are they: does a quantity of hours belong to responding or to fixing? Told by the words next to it, in
 * either order: "2小时内响应", "响应时间不超过2小时", "响应和修复时间分别为2小时和24小时".
 */
import type { Quantity } from './contract-quantities.js'

export type Duty = 'RESPOND' | 'FIX'

const DUTY_WORD =
  /(响应|答复|回复|回应|应答|反馈|受理|解答|协助|支援)|(修复|解决|排除|恢复|修好|修理|维修|修正|消除|排障|还原|找回|重建|处[理置](?:完|好)|完成[^,;。]{0,4}处[理置])/g
/** Weaker: it says fixing only where nothing else is said. */
const HANDLING_WORD = /()(处[理置])/g

interface Token {
  at: number
  /** A duty's word, a quantity's place among the quantities, or a stop. */
  duty?: Duty
  quantity?: number
  stop?: string
}

/**
 * @param text the squeezed clause
 * @returns for each quantity its duty, or null where the words don't say
 */
export function dutiesOf(text: string, quantities: readonly Quantity[]): (Duty | null)[] {
  const tokens = tokensOf(text, quantities, DUTY_WORD)
  const listed = respectively(text, tokens, quantities.length)
  if (listed) return listed
  const handling = tokensOf(text, quantities, HANDLING_WORD)
  const sides = quantities.map((_, index) => {
    const near = sidesOf(tokens, index, /[,;。!?]/)
    if (near.before || near.after) return near
    const wider = sidesOf(tokens, index, /[;。!?]/)
    return wider.before || wider.after ? wider : sidesOf(handling, index, /[,;。!?]/)
  })
  const sure = sides.map(({ before, after }) =>
    before && after && before !== after ? null : (before ?? after),
  )
  return sides.map(({ before, after }, index) => {
    if (sure[index] || !before || !after) return sure[index] ?? null
    // Between a word of each duty: the other duty's hours are known, or 内 ties the quantity to what follows.
    if (sure.includes(before) !== sure.includes(after)) return sure.includes(before) ? after : before
    return /^[之以]?内/.test(text.slice(quantities[index]!.end, quantities[index]!.end + 2)) ? after : before
  })
}

function tokensOf(text: string, quantities: readonly Quantity[], words: RegExp): Token[] {
  const tokens: Token[] = quantities.map(({ start }, quantity) => ({ at: start, quantity }))
  for (const match of text.matchAll(words))
    tokens.push({ at: match.index, duty: match[1] ? 'RESPOND' : 'FIX' })
  for (const match of text.matchAll(/[,;。!?]/g)) tokens.push({ at: match.index, stop: match[0] })
  return tokens.sort((left, right) => left.at - right.at)
}

/**
 * The nearest duty's word on each side, up to a stop or to another quantity. Beyond a comma only words count that no
 * quantity stands with: in "2小时内响应,4小时内到场" the arrival isn't a response.
 */
function sidesOf(
  tokens: Token[],
  quantity: number,
  stop: RegExp,
): { before: Duty | null; after: Duty | null } {
  const at = tokens.findIndex(token => token.quantity === quantity)
  const look = (step: 1 | -1): Duty | null => {
    let duty: Duty | null = null
    let crossed = false
    for (let index = at + step; tokens[index]; index += step) {
      const token = tokens[index]!
      if (token.quantity !== undefined) return crossed ? null : duty
      if (token.stop && (stop.test(token.stop) || duty)) return duty
      crossed ||= token.stop !== undefined
      duty ??= token.duty ?? null
      if (duty && !crossed) return duty
    }
    return duty
  }
  return { before: look(-1), after: look(1) }
}

/** 分别: two duties named in a row, then two quantities in the same order, or the other way round. */
function respectively(text: string, tokens: Token[], count: number): Duty[] | null {
  if (count !== 2 || !/分别|依次/.test(text)) return null
  const first = tokens.findIndex(token => token.quantity === 0)
  const second = tokens.findIndex(token => token.quantity === 1)
  const named = (some: Token[]) => [...new Set(some.flatMap(({ duty }) => duty ?? []))]
  if (named(tokens.slice(first, second)).length > 0) return null
  const [before, after] = [named(tokens.slice(0, first)), named(tokens.slice(second))]
  if (before.length === 2 && after.length < 2) return before
  return after.length === 2 && before.length < 2 ? after : null
}
