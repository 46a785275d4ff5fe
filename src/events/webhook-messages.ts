import { addMessages } from '../platform/language.js'

addMessages({
  WEBHOOK_ADDRESS: {
    en: 'It takes an https address of the public net, without credentials or fragment.',
    'zh-CN': '应为公网的 https 地址,且不含账号密码和片段标识。',
  },
  WEBHOOK_CURSOR_EXPIRED: {
    en: 'Events behind this cursor are past their {days} days: choose a later one.',
    'zh-CN': '该游标之后的事件已超过 {days} 天的保留期:请选择较晚的游标。',
  },
  WEBHOOK_FOR_TWO: {
    en: 'An endpoint outlasts the person who is signed in: set it up as the app itself, or as the person alone.',
    'zh-CN': '端点的存续时间长于个人登录:请以应用自身的身份,或仅以个人身份设置。',
  },
  TEST_PENDING: {
    en: 'A test is on its way: look at its outcome first.',
    'zh-CN': '已有一次测试正在进行:请先查看其结果。',
  },
})
