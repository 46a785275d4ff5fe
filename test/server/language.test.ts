import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { FAILURE_CODES } from '../../src/platform/failure.js'
import { hasMessage, LANGUAGES, languageOf, say } from '../../src/platform/language.js'
import '../../src/rooms.js'

describe('the language of an answer', () => {
  it.each([
    [undefined, 'en'],
    ['', 'en'],
    ['*', 'en'],
    ['en', 'en'],
    ['en-GB,en;q=0.9', 'en'],
    ['zh', 'zh-CN'],
    ['ZH-cn', 'zh-CN'],
    ['zh-CN', 'zh-CN'],
    ['zh_CN', 'zh-CN'],
    ['zh-Hans', 'zh-CN'],
    ['zh-Hans-CN', 'zh-CN'],
    ['zh-TW', 'zh-CN'],
    ['cmn-Hans-CN', 'zh-CN'],
    ['zh-CN,zh;q=0.9,en;q=0.8', 'zh-CN'],
    ['en;q=0.8,zh;q=0.9', 'zh-CN'],
    ['en;q=0.9, zh;q=0.8', 'en'],
    ['de,fr;q=0.9,zh;q=0.1', 'zh-CN'],
    ['de,en;q=0.2,zh;q=0.1', 'en'],
    ['zh;q=0', 'en'],
    ['zh;q=0,en;q=0.1', 'en'],
    ['de', 'en'],
    ['zhx', 'en'],
    ['english', 'en'],
    [';;;,,,===', 'en'],
    ['zh;q=nonsense', 'en'],
    ['\u0000', 'en'],
  ])('for Accept-Language %j is %s', (header, language) => {
    expect(languageOf(header)).toBe(language)
  })

  it('is one of ours for any header at all', () => {
    fc.assert(
      fc.property(fc.string({ maxLength: 300 }), header => {
        expect(LANGUAGES).toContain(languageOf(header))
      }),
      { numRuns: 1000 },
    )
  })

  it('is found quickly in 16 kB of nonsense, as much as a header holds', () => {
    for (const unit of ['zh;', 'a-', ',', ' ', ';q=', 'x,', '-;']) {
      const header = unit.repeat(16_384 / unit.length)
      // The quickest of some: a machine that is busy for a moment says nothing of the code.
      const took = Array.from({ length: 5 }, () => {
        const begun = performance.now()
        languageOf(header)
        return performance.now() - begun
      })
      expect(Math.min(...took)).toBeLessThan(100)
    }
  })
})

describe('every sentence', () => {
  const sources = readdirSync(join(import.meta.dirname, '../../src'), {
    recursive: true,
    withFileTypes: true,
  })
    .filter(entry => entry.isFile() && entry.name.endsWith('.ts'))
    .map(entry => readFileSync(join(entry.parentPath, entry.name), 'utf8'))

  it('that a failure can have is there', () => {
    expect(FAILURE_CODES.filter(code => !hasMessage(code))).toEqual([])
  })

  it('that the source asks for by key is there', () => {
    const keys = sources.flatMap(text => [
      ...[...text.matchAll(/messageKey: '([A-Z]\w+)'/g)].map(match => match[1] as string),
      ...[...text.matchAll(/\bsay\('([A-Z]\w+)'/g)].map(match => match[1] as string),
      ...[...text.matchAll(/new RequestRefused\(\d+, '(\w+)'/g)].map(match => match[1] as string),
    ])
    expect(keys.length).toBeGreaterThan(20)
    expect([...new Set(keys)].filter(key => !hasMessage(key))).toEqual([])
  })

  it('has the same parameters in both languages, and is written in them', () => {
    const keys = sources.flatMap(text =>
      [...text.matchAll(/^ {2}([A-Z]\w+): \{/gm)].map(match => match[1] as string),
    )
    const said = keys.filter(hasMessage)
    expect(said.length).toBeGreaterThan(80)
    for (const key of said) {
      const [english, chinese] = LANGUAGES.map(language => paramsOf(key, language))
      expect([key, english]).toEqual([key, chinese])
      expect([key, say(key, 'zh-CN')]).toEqual([key, expect.stringMatching(/\p{Script=Han}|^ /u)])
    }
  })
})

/** The names of the parameters that a sentence asks for. */
function paramsOf(key: string, language: (typeof LANGUAGES)[number]): string[] {
  const names = new Set<string>()
  const params = new Proxy({} as Record<string, string>, {
    get: (_target, name) => {
      names.add(String(name))
      return ''
    },
  })
  say(key, language, params)
  return [...names].sort()
}
