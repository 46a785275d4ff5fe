import { describe, expect, test } from 'vitest'
import { STANDARD_FORM } from '../../src/agreements/standard-form.js'
import { FILLED_TEXT, hasSharedForm, read, SHARED_NAMES, sharedText } from './contract-samples.js'
import { toWide } from './numeral-forms.js'

type Shape = (text: string) => string

const NUMBER_LED = /^(\d(?:\.\d)+) ?/gm
const lines = (text: string) => text.split('\n')

/** Only the contract's body: noise, head and what follows it stay as they are. */
const inBody =
  (shape: Shape): Shape =>
  text => {
    const start = text.indexOf('第一章')
    const end = text.includes('您可能关注') ? text.indexOf('您可能关注') : text.length
    return `${text.slice(0, start)}${shape(text.slice(start, end))}\n${text.slice(end)}`
  }

const wrapped = (width: number): Shape =>
  inBody(text =>
    lines(text)
      .flatMap(line => line.match(new RegExp(`.{1,${width}}`, 'g')) ?? [''])
      .join('\n'),
  )

const withContents =
  (leader: string): Shape =>
  text => {
    const rows = lines(text).filter(line => /^第.章|^\d\.\d(?!\.)/.test(line))
    const start = text.indexOf('第一章')
    const table = rows.map((row, index) => (leader ? `${row}${leader}${1 + (index >> 3)}` : row)).join('\n')
    return `${text.slice(0, start)}目录\n${table}\n${text.slice(start)}`
  }

const paged =
  (foot: (page: number) => string): Shape =>
  text =>
    lines(text)
      .flatMap((line, index) => (index > 20 && index % 15 === 0 ? [line, foot(index / 15)] : [line]))
      .join('\n')

const inOrder =
  (...shapes: Shape[]): Shape =>
  text =>
    shapes.reduce((shaped, shape) => shape(shaped), text)

const SHAPES: Record<string, Shape> = {
  'line ends of Windows': text => text.replaceAll('\n', '\r\n'),
  'a byte order mark': text => `\ufeff${text}`,
  'wide characters throughout': inBody(toWide),
  'wide punctuation': text => text.replaceAll(',', '，').replaceAll(';', '；').replaceAll(':', '：'),
  'narrow punctuation': text => text.replaceAll('，', ',').replaceAll('；', ';').replaceAll('：', ':'),
  'empty lines between all lines': text => text.replaceAll('\n', '\n\n'),
  'indented lines': text => text.replaceAll('\n', '\n\u3000\u3000'),
  'numbers without a blank behind them': text => text.replace(NUMBER_LED, '$1'),
  'numbers with a tab behind them': text => text.replace(NUMBER_LED, '$1\t'),
  'numbers with a stop behind them': text => text.replace(NUMBER_LED, '$1. '),
  'numbers with 、 behind them': text => text.replace(NUMBER_LED, '$1、'),
  'numbers on lines of their own': text => text.replace(NUMBER_LED, '$1\n'),
  'numbers spaced out': text => text.replace(NUMBER_LED, number => `${[...number.trim()].join(' ')} `),
  'numbers as articles': text => text.replace(NUMBER_LED, '第$1条 '),
  'everything spaced out': inBody(text =>
    lines(text)
      .map(line => [...line].join(' '))
      .join('\n'),
  ),
  'quantities spaced out': text => text.replace(/(\d+)小时/g, ' $1 小 时 '),
  'Markdown marks': text => text.replace(/^(\d\.\d(?!\.).*)$/gm, '### $1').replace(/^(\d\.\d\.\d)/gm, '- $1'),
  'chapters in digits': text =>
    text.replace(/第([一二三四五六七八])章/g, (_, ordinal) => `第${' 一二三四五六七八'.indexOf(ordinal)}章`),
  'chapters with 、 and blanks': text => text.replace(/第(.)章 ?/g, '第 $1 章、'),
  'chapters without 第': text => text.replace(/第([一二三四五六七八])章/g, '$1、'),
  'chapters on two lines': text => text.replace(/(第.章) ?/g, '$1\n'),
  'contents with dots': withContents('........'),
  'contents with a blank': withContents(' '),
  'contents with a tab': withContents('\t'),
  'contents without page numbers': withContents(''),
  'page numbers and running names': paged(page => `- ${page} -\n智能客服软件维护服务协议`),
  'page numbers and running heads': paged(page => `${page}\n机密 仅供双方使用`),
  'the whole text twice': text => `${text}\n${text}`,
  'lost line breaks': inBody(text => text.replace(/\n+/g, '')),
  'line breaks that became blanks': inBody(text => text.replace(/\n+/g, ' ')),
  'one line, noise and all': text => text.replace(/\n+/g, ' '),
  'lost line breaks behind contents': inOrder(
    withContents(' '),
    inBody(text => text.replace(/\n+/g, ' ')),
  ),
  'lost line breaks, wrapped again': inOrder(
    inBody(text => text.replace(/\n+/g, '')),
    wrapped(40),
  ),
  'wrapped lines and page numbers': inOrder(
    wrapped(22),
    paged(page => `第 ${page} 页 共 9 页`),
  ),
  'wrapped lines, indented': inOrder(wrapped(24), text => text.replaceAll('\n', '\n  ')),
  'wrapped lines with empty lines between': inOrder(wrapped(36), text => text.replaceAll('\n', '\n\n')),
  ...Object.fromEntries(
    [13, 17, 20, 25, 30, 33, 40].map(width => [`lines wrapped at ${width}`, wrapped(width)]),
  ),
}

/** Widths and blanks apart: shapes change those on purpose. */
const plain = (text: string | null) => text?.normalize('NFKC').replace(/\s/g, '') ?? null

const TEXTS: [string, string][] = [
  ['our own form', FILLED_TEXT],
  ...(hasSharedForm ? SHARED_NAMES.map((name): [string, string] => [name, sharedText(name)]) : []),
]

describe.each(TEXTS)('%s says the same', (_, text) => {
  const expected = read(text)

  test.each(Object.keys(SHAPES))('with %s', name => {
    const { clauses, terms, warnings } = read(SHAPES[name]!(text))
    const words = ({ number, title, text }: (typeof clauses)[number]) => [number, plain(title), plain(text)]
    expect(clauses.map(words)).toEqual(expected.clauses.map(words))
    expect(Object.values(terms).map(plain)).toEqual(Object.values(expected.terms).map(plain))
    expect(warnings).toEqual(expected.warnings)
    expect(new Set(clauses.map(({ chapter }) => chapter)).size).toBe(8)
  })
})

test.skipIf(hasSharedForm)('the shared form could not be shaped: ../shared/contract is not there', () => {
  expect(TEXTS).toHaveLength(1)
})

test('a text whose clauses were struck out keeps the others, in order', () => {
  for (const struck of STANDARD_FORM.filter(({ depth }) => depth > 2)) {
    const left = lines(FILLED_TEXT).filter(line => !line.startsWith(`${struck.number} `))
    const numbers = STANDARD_FORM.map(({ number }) => number).filter(number => number !== struck.number)
    expect(read(left.join('\n')).clauses.map(({ number }) => number)).toEqual(numbers)
  }
})

test('clauses and chapters that the form does not have are kept in order', () => {
  const more =
    FILLED_TEXT.replace('2.4 ', '2.3.2 节假日照常响应。\n2.4 ') + '第九章 附则\n9.1 份数\n9.1.1 一式两份。\n'
  const numbers = read(more).clauses.map(({ number }) => number)
  expect(numbers).toHaveLength(80)
  expect(numbers.slice(numbers.indexOf('2.3.1'))).toEqual(expect.arrayContaining(['2.3.2', '9.1', '9.1.1']))
  expect(read(more).terms).toEqual(read(FILLED_TEXT).terms)
})

describe('what stands behind the last clause is not taken for it', () => {
  const cut = FILLED_TEXT.slice(0, FILLED_TEXT.indexOf('12小时内由备份'))
  const last = '乙方的数据丢失或毁损时，甲方须在'

  test.each([
    ['nothing', ''],
    ['the site', '\n您可能关注的文档\n最近下载\n- 8.4 题库.docx VIP'],
    ['a list', '\n- 管道安装.pdf\n- 物理.doc'],
    ['a list with numbers that go on', '\n猜你喜欢\n8.4 租赁合同\n9.1 装修合同'],
    ['thanks', '\n感谢阅读本页，请收藏。'],
    ['thanks after an empty line', '\n\n祝您生活愉快。'],
    ['a score', '\n4.8分（12人评价）\n9.9元'],
    ['signatures', '\n甲方（盖章）：________\n乙方（盖章）：________'],
  ])('%s, in a text that was cut off', (_, noise) => {
    const { clauses, warnings, terms } = read(cut + noise)
    expect(clauses.at(-1)).toMatchObject({ number: '8.3.2', text: last })
    expect(warnings).toEqual([{ code: 'TEXT_CUT_OFF', clause: '8.3.2' }])
    expect(terms.restoreHours).toBeNull()
  })

  test.each([
    ['signatures', '（以下无正文）\n甲方（盖章）：________\n签订日期：2026年1月1日'],
    ['another contract', '第一章 租赁\n1.1 房屋\n1.1.1 甲方出租房屋。'],
    ['another chapter without numbers', '第九章 附则\n本协议一式两份。'],
    ['the site, in sentences', '本站声明：本文档由会员上传。\n如有侵权请联系我们。'],
  ])('%s, in a whole text', (_, noise) => {
    const { clauses, warnings } = read(FILLED_TEXT + noise)
    expect(clauses.at(-1)!.text).toBe('乙方的数据丢失或毁损时，甲方须在12小时内由备份恢复，并经乙方查验。')
    expect(warnings).toEqual([])
  })

  test('a last sentence that goes on with its quantity on the next line is whole', () => {
    const broken = FILLED_TEXT.replace('须在12小时', '须在\n12小时')
    expect(read(broken).clauses).toEqual(read(FILLED_TEXT).clauses)
  })
})
