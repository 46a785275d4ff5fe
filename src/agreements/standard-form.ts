/**
 * A maintenance agreement of the standard structure (its chapters and clause numbers, 1.1 to 8.3.2) in wording of our
 * own: what a draft starts from, and what the demo and the tests sign.
 */
import type { ReadClause } from './contract-clauses.js'
import { TERMS, type TermName, type TermValues } from './terms.js'

/** What stands in an empty blank. */
const EMPTY_BLANK = '______'

const TITLE = '智能客服软件维护服务协议'

/** Chapter, then its clauses: a number and its words, with a blank as the name of its term in braces. */
const FORM: readonly (readonly [chapter: string, ...clauses: readonly (readonly [string, string])[]])[] = [
  [
    '第一章 总则',
    ['1.1', '订立目的'],
    ['1.1.1', '为使乙方所用的智能客服软件持续可用，双方就甲方的维护工作、收费办法和各自的责任订立本协议。'],
    ['1.2', '适用对象'],
    ['1.2.1', '凡列入软件清单的产品、版本及其运行环境，均由甲方依本协议维护；清单以外的不在此列。'],
    ['1.3', '有效期间'],
    ['1.3.1', '最后一方完成签署的当日为生效日，协议有效期{termYears}年，期满即止。'],
    ['1.4', '准据法'],
    ['1.4.1', '从订立到处理分歧，一律依照中华人民共和国现行法律。'],
    ['1.5', '用语'],
    ['1.5.1', '响应指甲方人员对报告作出实质答复，修复指软件恢复约定的功能；其余用语按行业惯常含义理解。'],
  ],
  [
    '第二章 维护工作',
    ['2.1', '工作范围'],
    ['2.1.1', '甲方的维护工作分为四项：'],
    ['2.1.1.1', '查明并排除故障；'],
    ['2.1.1.2', '改善既有功能的性能和易用性；'],
    ['2.1.1.3', '交付并部署新版本；'],
    ['2.1.1.4', '修补漏洞，抵御攻击。'],
    ['2.2', '工作要求'],
    ['2.2.1', '在协议有效期间，甲方须做到：'],
    ['2.2.1.1', '按计划巡检，掌握软件运行的状况；'],
    ['2.2.1.2', '发现故障后尽快修好；'],
    ['2.2.1.3', '交付升级包，并协助安装；'],
    ['2.2.1.4', '乙方另有开发需求的，凭订单实施。'],
    ['2.3', '响应与修复时限'],
    [
      '2.3.1',
      '故障报告送达甲方后，甲方须在{responseHours}小时内作出响应，并在{fixHours}小时内将故障修复完毕，两项时限均自送达时起算。',
    ],
    ['2.4', '服务年限'],
    ['2.4.1', '维护服务与本协议同时开始，连续提供{serviceTermYears}年。'],
  ],
  [
    '第三章 费用',
    ['3.1', '付费义务'],
    ['3.1.1', '乙方就甲方的维护工作付费。'],
    ['3.2', '价目'],
    ['3.2.1', '收费项目和金额以签署时所附的价目表为准。'],
    ['3.3', '付款渠道'],
    ['3.3.1', '款项汇入甲方书面告知的收款账户。'],
    ['3.4', '付款期限'],
    ['3.4.1', '乙方须在账单载明的到期日之前付清款项。'],
  ],
  [
    '第四章 保密',
    ['4.1', '秘密的范围'],
    ['4.1.1', '一方因履行本协议而知悉的另一方技术资料、经营数据和客户资料，均为保密信息。'],
    ['4.2', '守密义务'],
    ['4.2.1', '除非事先得到对方书面许可，任何一方都不得把保密信息透露给他人。'],
    ['4.3', '守密期间'],
    ['4.3.1', '守密义务贯穿协议有效期间，并延续至协议终止后{confidentialityYears}年。'],
  ],
  [
    '第五章 违约',
    ['5.1', '甲方的责任'],
    ['5.1.1', '甲方没有履行或没有按时履行维护义务的，向乙方承担违约责任。'],
    ['5.1.2', '乙方的保密信息因甲方外泄的，甲方依法负责。'],
    ['5.2', '乙方的责任'],
    ['5.2.1', '乙方逾期付费的，向甲方承担违约责任。'],
    ['5.2.2', '甲方的保密信息因乙方外泄的，乙方依法负责。'],
    ['5.3', '违约金'],
    ['5.3.1', '任何一方违约，均按{liquidatedDamagesPercent}%向对方计付违约金。'],
    ['5.3.2', '实际损失高于违约金的，差额由违约方补足。'],
  ],
  [
    '第六章 升级',
    ['6.1', '升级安排'],
    ['6.1.1', '在产品受支持的期间，甲方持续改进软件，并适时发布升级。'],
    ['6.2', '升级预告'],
    [
      '6.2.1',
      '升级上线之前，甲方至少提前{upgradeNoticeWorkingDays}个工作日以电子邮件等可以留痕的方式告知乙方。',
    ],
    ['6.3', '升级说明'],
    ['6.3.1', '预告须附升级说明，分别列出新增、改进和已修正的事项。'],
    ['6.4', '升级实施'],
    ['6.4.1', '乙方收到预告且升级包已可取得的，须在{updateWindowWorkingDays}个工作日内完成升级。'],
    [
      '6.4.2',
      '升级遇到障碍时，乙方随即告知甲方，甲方须在{upgradeProblemResponseHours}小时内响应并派员支援。',
    ],
  ],
  [
    '第七章 技术支持',
    ['7.1', '支持渠道'],
    ['7.1.1', '乙方可以经电话、电子邮件或在线客服取得支持。'],
    ['7.2', '支持时效'],
    ['7.2.1', '接到支持请求后，甲方须在{supportResponseHours}小时内给予首次响应。'],
    ['7.3', '支持项目'],
    ['7.3.1', '技术支持包含以下项目：'],
    ['7.3.1.1', '指导安装和参数设置；'],
    ['7.3.1.2', '为乙方人员讲解操作；'],
    ['7.3.1.3', '协助诊断异常；'],
    ['7.3.1.4', '按约定的周期远程查看系统运行情况。'],
    ['7.4', '支持年限'],
    ['7.4.1', '技术支持与维护服务同始同终。'],
  ],
  [
    '第八章 数据',
    ['8.1', '安全责任'],
    ['8.1.1', '甲方对所接触的乙方数据采取与风险相称的安全措施。'],
    ['8.2', '数据保护'],
    ['8.2.1', '乙方没有授权的，甲方不得使第三方查阅或取得乙方的数据。'],
    ['8.3', '备份和恢复'],
    ['8.3.1', '甲方按备份计划为乙方的数据制作备份，并查验备份可用。'],
    ['8.3.2', '乙方的数据丢失或毁损时，甲方须在{restoreHours}小时内由备份恢复，并经乙方查验。'],
  ],
]

/** The form's clauses in reading order; a blank stands in `text` as the name of its term in braces: `{fixHours}`. */
export const STANDARD_FORM: readonly ReadClause[] = FORM.flatMap(([chapter, ...clauses]) =>
  clauses.map(([number, words]) => {
    const depth = number.split('.').length
    const isHeading = depth === 2
    return {
      number,
      depth,
      parentNumber: isHeading ? null : number.slice(0, number.lastIndexOf('.')),
      chapter,
      title: isHeading ? words : null,
      text: isHeading ? '' : words,
    }
  }),
)

/** @returns the form's clauses with their blanks filled in; a blank that is null shows as underscores */
export function renderStandardForm(terms: TermValues): ReadClause[] {
  return STANDARD_FORM.map(clause => ({ ...clause, text: fill(clause.text, terms) }))
}

/** @returns the whole agreement as a person would paste it: head, chapters and clauses, one to a line */
export function standardFormText(terms: TermValues): string {
  const lines = [
    TITLE,
    `合同编号：${terms.contractNumber ?? EMPTY_BLANK}`,
    `甲方（维护方）：${terms.providerName ?? EMPTY_BLANK}`,
    `乙方（用户方）：${terms.customerName ?? EMPTY_BLANK}`,
  ]
  let chapter: string | null = null
  for (const clause of renderStandardForm(terms)) {
    if (clause.chapter !== chapter) lines.push('', clause.chapter!)
    chapter = clause.chapter
    lines.push(`${clause.number} ${clause.title ?? clause.text}`)
  }
  return `${lines.join('\n')}\n`
}

const NAMES = new RegExp(`\\{(${TERMS.map(({ name }) => name).join('|')})\\}`, 'g')

const fill = (text: string, terms: TermValues) =>
  text.replace(NAMES, (_, name: string) => terms[name as TermName] ?? EMPTY_BLANK)
