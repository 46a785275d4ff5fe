import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { foldWidth, readNumeral } from '../../src/agreements/numerals.js'
import { toChinese, toFormal, toWide } from './numeral-forms.js'

const table = (rows: [written: string, value: string | null][]) =>
  test.each(rows)('%s is read as %s', (written, value) => expect(readNumeral(written)).toBe(value))

describe('every whole number up to 9999 is read back', () => {
  const numbers = Array.from({ length: 10_000 }, (_, number) => number)
  test.each([
    ['in Arabic numerals', String],
    ['in wide Arabic numerals', (number: number) => toWide(String(number))],
    ['in Chinese numerals', (number: number) => toChinese(number)],
    ['in formal Chinese numerals', (number: number) => toFormal(number)],
    ['doubled, as contracts do', (number: number) => `${toChinese(number)}（${number}）`],
  ])('%s', (_, write) => {
    expect(numbers.filter(number => readNumeral(write(number)) !== String(number))).toEqual([])
  })
})

test('a decimal is read back exactly in every script', () => {
  const decimal = fc.tuple(fc.nat(9999), fc.array(fc.nat(9), { minLength: 1, maxLength: 4 }))
  fc.assert(
    fc.property(decimal, ([whole, digits]) => {
      const fraction = digits.join('').replace(/0+$/, '')
      const value = fraction === '' ? String(whole) : `${whole}.${fraction}`
      expect(readNumeral(`${whole}.${digits.join('')}`)).toBe(value)
      expect(readNumeral(toWide(`${whole}.${digits.join('')}`))).toBe(value)
      const spoken = digits.map(digit => '零一二三四五六七八九'[digit]).join('')
      expect(readNumeral(`${toChinese(whole)}点${spoken}`)).toBe(value)
    }),
  )
})

describe('ways of writing a number', () => {
  table([
    ['两', '2'],
    ['贰', '2'],
    ['貳', '2'],
    ['十二', '12'],
    ['一十二', '12'],
    ['壹拾贰', '12'],
    ['四十八', '48'],
    ['一百零五', '105'],
    ['一百〇五', '105'],
    ['一百十五', '115'],
    ['两百四十', '240'],
    ['二〇', '20'],
    ['二〇二六', '2026'],
    ['廿四', '24'],
    ['卅', '30'],
    ['零', '0'],
    ['半', '0.5'],
    ['一个半', '1.5'],
    ['2个半', '2.5'],
    ['二点五', '2.5'],
    ['０．５', '0.5'],
    [' 24 ', '24'],
    ['02', '2'],
    ['2.50', '2.5'],
    ['3(叁)', '3'],
    ['叁（3）', '3'],
    ['二〔2〕', '2'],
    ['5[五]', '5'],
  ])
})

describe('what could be two numbers, or none, is not read', () => {
  table([
    ['', null],
    ['三四', null],
    ['一百二', null],
    ['二千五', null],
    ['十两', null],
    ['百', null],
    ['一千百', null],
    ['一百百', null],
    ['十百', null],
    ['一百零', null],
    ['一百零零五', null],
    ['一千零一百', null],
    ['一千五十', null],
    ['零十', null],
    ['二点', null],
    ['点五', null],
    ['一点二点三', null],
    ['二点十', null],
    ['2.', null],
    ['.5', null],
    ['1,000', null],
    ['1.5.2', null],
    ['-2', null],
    ['2-4', null],
    ['2 4', null],
    ['二（3）', null],
    ['2.5个半', null],
    ['半个半', null],
    ['十几', null],
    ['2小时', null],
    ['1e3', null],
    ['0x10', null],
    ['Infinity', null],
    ['②', null],
    ['½', null],
    ['9'.repeat(30), null],
  ])
})

test('any text is read as a plain decimal string, or not at all', () => {
  const written = fc.string({
    unit: fc.constantFrom(...'0129.一二两十百千零点半个()（）２－-, 元'),
    maxLength: 12,
  })
  fc.assert(
    fc.property(fc.oneof(written, fc.string({ unit: 'binary' })), text => {
      const value = readNumeral(text)
      if (value !== null) expect(value).toMatch(/^(?:0|[1-9]\d*)(?:\.\d*[1-9])?$/)
    }),
    { numRuns: 500 },
  )
})

describe('folding to narrow characters', () => {
  test('makes digits, letters, punctuation, dashes, blanks and look-alike radicals plain', () => {
    expect(foldWidth('２．３．１（Ａ）：５％～—－　⼄⽅∶')).toBe('2.3.1(A):5%~-- 乙方:')
  })

  test('leaves circled numbers alone, since ①2 is not 12', () => {
    expect(foldWidth('①2')).toBe('①2')
  })

  test('keeps every code unit in its place', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), text => {
        expect(foldWidth(text)).toHaveLength(text.length)
      }),
      { numRuns: 2_000 },
    )
  })
})
