import { type DocumentNode, parse } from 'graphql'
import { describe, expect, it } from 'vitest'
import { KeptDocuments, KeptTexts } from '../../src/server/bounds/index.js'

const named = (name: string, rest = ''): DocumentNode => parse(`query ${name} { viewer { id } }${rest}`)

describe('what is kept of documents is bounded by what they take', () => {
  it('a thousand small pages of a portal stay', () => {
    const kept = new KeptDocuments()
    const page = `{ ${'id '.repeat(100)} }`
    for (let at = 0; at < 1_000; at += 1) kept.set(`${at}`, parse(page))
    expect(kept.get('0')).toBeDefined()
    expect(kept.get('999')).toBeDefined()
  })

  it.each([
    ['blanks', ' '.repeat(90_000), 300],
    ['comments', '#\n'.repeat(4_900), 50],
  ])('documents of %s go, the one that was asked for longest ago first', (_what, rest, many) => {
    const kept = new KeptDocuments()
    const first = named('First', rest)
    kept.set('first', first)
    kept.set('second', named('Second', rest))
    for (let at = 0; at < many; at += 1) {
      kept.set(`${at}`, named(`Q${at}`, rest))
      expect(kept.get('first')).toBe(first)
    }
    expect(kept.get('second')).toBeUndefined()
    expect(kept.get(`${many - 1}`)).toBeDefined()
  })

  it('texts of as many characters as may be sent are as few as fit in 32 MB, small ones are thousands', () => {
    const kept = new KeptTexts()
    for (let at = 0; at < 10_000; at += 1) kept.set(`small ${at}`, `query Q${at} { viewer { id } }`)
    expect(kept.get('small 0')).toBeDefined()
    const large = 'x'.repeat(100_000)
    for (let at = 0; at < 200; at += 1) kept.set(`${at}`, large)
    expect(kept.get('small 1')).toBeUndefined()
    expect(kept.get('0')).toBeUndefined()
    const left = Array.from({ length: 200 }, (_, at) => kept.get(`${at}`)).filter(each => each !== undefined)
    expect(left).toHaveLength(167)
  })

  it('one that is set again or taken away weighs nothing twice', () => {
    const kept = new KeptDocuments()
    const heavy = named('Heavy', ' '.repeat(90_000))
    kept.set('other', named('Other'))
    for (let at = 0; at < 1_000; at += 1) kept.set('heavy', heavy)
    for (let at = 0; at < 1_000; at += 1) {
      kept.set(`${at}`, heavy)
      kept.delete(`${at}`)
    }
    expect(kept.get('other')).toBeDefined()
    expect(kept.get('heavy')).toBe(heavy)
  })
})
