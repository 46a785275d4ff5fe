import { addMessages } from '../platform/language.js'

addMessages({
  APP_DISABLED: { en: 'This app is disabled.', 'zh-CN': '该应用已停用。' },
  NO_APP_SCOPE: {
    en: 'One of these is no scope that an app may have.',
    'zh-CN': '其中有不可授予应用的范围(scope)。',
  },
  OVER_ALREADY: { en: 'This instant is over already.', 'zh-CN': '该时间已过。' },
  PURPOSE_TEXT: {
    en: 'Only the purpose OTHER is said in words.',
    'zh-CN': '仅当用途为 OTHER 时填写文字说明。',
  },
  TOO_MANY_GRANTS: {
    en: 'This app may see more than {max} pairs of customer and category for this purpose, more than one request takes.',
    'zh-CN': '该应用就此用途获授权的客户与类别组合超过 {max} 个,超出单次请求的上限。',
  },
  CONSENT_TERM_OVER: {
    en: 'A consent given then, for this term, is over already.',
    'zh-CN': '按该时间与期限计算,同意已经到期。',
  },
  PERSON_OF_NO_CUSTOMER: {
    en: "The provider's own people are shown to no app: there is nothing to consent to.",
    'zh-CN': '维护方人员的信息不向任何应用披露,无须征得同意。',
  },
  NOT_PERSONAL: {
    en: 'A person is asked for personal categories only: {categories}.',
    'zh-CN': '仅就个人信息类别征求同意:{categories}。',
  },
  NOTICE_HASH: {
    en: 'It takes the SHA-256 of the notice: 64 lower-case hexadecimal digits.',
    'zh-CN': '应为告知书的 SHA-256:64 位小写十六进制数字。',
  },
})
