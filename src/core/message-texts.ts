/**
 * The built-in texts, as data: one row per language. A brand opens each text and falls away, with what follows it,
 * when there is none. The code stands early, where a notification shows it; the subject of an e-mail never holds it.
 *
 * An SMS fits one segment with a six-digit code and a brand of up to twelve characters: 160 septets where the language
 * can be written in GSM 7-bit, 70 units otherwise. Minutes are abbreviated or invariant, so no plural is needed.
 */
export interface MessageTexts {
  readonly sms: string;
  /** Says the code twice; `{{code}}` is rendered symbol by symbol. */
  readonly voice: string;
  readonly emailSubject: string;
  readonly emailBody: string;
}

export const DEFAULT_LOCALE = 'en';

export const MESSAGE_TEXTS: Readonly<Record<string, MessageTexts>> = {
  en: {
    sms: '{{brand}}: {{code}} is your verification code. It expires in {{minutes}} min. Do not share it.',
    voice: '{{brand}}. Your verification code is {{code}}. Once again: {{code}}.',
    emailSubject: '{{brand}}: Your verification code',
    emailBody:
      '{{brand}}\n\nYour verification code: {{code}}\n\nIt expires in {{minutes}} min. If you did not ask for it, ignore this message.',
  },
  es: {
    sms: '{{brand}}: {{code}} es tu código. Caduca en {{minutes}} min.',
    voice: '{{brand}}. Tu código de verificación es {{code}}. Repito: {{code}}.',
    emailSubject: '{{brand}}: Tu código de verificación',
    emailBody:
      '{{brand}}\n\nTu código de verificación: {{code}}\n\nCaduca en {{minutes}} min. Si no lo has pedido, ignora este mensaje.',
  },
  fr: {
    sms: '{{brand}} : {{code}} est votre code de vérification. Il expire dans {{minutes}} min. Ne le partagez pas.',
    voice: '{{brand}}. Votre code de vérification est {{code}}. Je répète : {{code}}.',
    emailSubject: '{{brand}} : Votre code de vérification',
    emailBody:
      '{{brand}}\n\nVotre code de vérification : {{code}}\n\nIl expire dans {{minutes}} min. Si vous ne l’avez pas demandé, ignorez ce message.',
  },
  de: {
    sms: '{{brand}}: {{code}} ist Ihr Bestätigungscode. Er gilt {{minutes}} Min. Geben Sie ihn nicht weiter.',
    voice: '{{brand}}. Ihr Bestätigungscode lautet {{code}}. Ich wiederhole: {{code}}.',
    emailSubject: '{{brand}}: Ihr Bestätigungscode',
    emailBody:
      '{{brand}}\n\nIhr Bestätigungscode: {{code}}\n\nEr gilt {{minutes}} Min. Falls Sie ihn nicht angefordert haben, ignorieren Sie diese Nachricht.',
  },
  it: {
    sms: '{{brand}}: {{code}} è il tuo codice di verifica. Scade tra {{minutes}} min. Non condividerlo.',
    voice: '{{brand}}. Il tuo codice di verifica è {{code}}. Ripeto: {{code}}.',
    emailSubject: '{{brand}}: Il tuo codice di verifica',
    emailBody:
      '{{brand}}\n\nIl tuo codice di verifica: {{code}}\n\nScade tra {{minutes}} min. Se non lo hai richiesto, ignora questo messaggio.',
  },
  pt: {
    sms: '{{brand}}: {{code}} é o seu código. Expira em {{minutes}} min.',
    voice: '{{brand}}. O seu código de verificação é {{code}}. Repito: {{code}}.',
    emailSubject: '{{brand}}: O seu código de verificação',
    emailBody:
      '{{brand}}\n\nO seu código de verificação: {{code}}\n\nExpira em {{minutes}} min. Se não o pediu, ignore esta mensagem.',
  },
  nl: {
    sms: '{{brand}}: {{code}} is je verificatiecode. Hij verloopt over {{minutes}} min. Deel hem met niemand.',
    voice: '{{brand}}. Je verificatiecode is {{code}}. Ik herhaal: {{code}}.',
    emailSubject: '{{brand}}: Je verificatiecode',
    emailBody:
      '{{brand}}\n\nJe verificatiecode: {{code}}\n\nHij verloopt over {{minutes}} min. Heb je er niet om gevraagd, negeer dan dit bericht.',
  },
  pl: {
    sms: '{{brand}}: {{code}} to Twój kod. Ważny {{minutes}} min.',
    voice: '{{brand}}. Twój kod weryfikacyjny to {{code}}. Powtarzam: {{code}}.',
    emailSubject: '{{brand}}: Twój kod weryfikacyjny',
    emailBody:
      '{{brand}}\n\nTwój kod weryfikacyjny: {{code}}\n\nWażny {{minutes}} min. Jeśli o niego nie prosisz, zignoruj tę wiadomość.',
  },
  ru: {
    sms: '{{brand}}: {{code}} — ваш код. Действует {{minutes}} мин.',
    voice: '{{brand}}. Ваш код подтверждения: {{code}}. Повторяю: {{code}}.',
    emailSubject: '{{brand}}: Ваш код подтверждения',
    emailBody:
      '{{brand}}\n\nВаш код подтверждения: {{code}}\n\nДействует {{minutes}} мин. Если вы его не запрашивали, не обращайте внимания на это письмо.',
  },
  uk: {
    sms: '{{brand}}: {{code}} — ваш код. Дійсний {{minutes}} хв.',
    voice: '{{brand}}. Ваш код підтвердження: {{code}}. Повторюю: {{code}}.',
    emailSubject: '{{brand}}: Ваш код підтвердження',
    emailBody:
      '{{brand}}\n\nВаш код підтвердження: {{code}}\n\nДійсний {{minutes}} хв. Якщо ви його не запитували, не зважайте на цей лист.',
  },
  tr: {
    sms: '{{brand}}: {{code}} doğrulama kodunuz. {{minutes}} dk geçerlidir.',
    voice: '{{brand}}. Doğrulama kodunuz: {{code}}. Tekrar ediyorum: {{code}}.',
    emailSubject: '{{brand}}: Doğrulama kodunuz',
    emailBody:
      '{{brand}}\n\nDoğrulama kodunuz: {{code}}\n\n{{minutes}} dk geçerlidir. Bu kodu siz istemediyseniz bu iletiyi dikkate almayın.',
  },
  ar: {
    sms: '{{brand}}: رمز التحقق هو {{code}}. تنتهي صلاحيته خلال {{minutes}} د.',
    voice: '{{brand}}. رمز التحقق هو {{code}}. أكرر: {{code}}.',
    emailSubject: '{{brand}}: رمز التحقق',
    emailBody:
      '{{brand}}\n\nرمز التحقق: {{code}}\n\nتنتهي صلاحيته خلال {{minutes}} د. إذا لم تطلب هذا الرمز فتجاهل هذه الرسالة.',
  },
  hi: {
    sms: '{{brand}}: {{code}} आपका कोड है। {{minutes}} मिनट तक मान्य।',
    voice: '{{brand}}. आपका सत्यापन कोड है: {{code}}. फिर से: {{code}}.',
    emailSubject: '{{brand}}: आपका सत्यापन कोड',
    emailBody:
      '{{brand}}\n\nआपका सत्यापन कोड: {{code}}\n\nयह {{minutes}} मिनट तक मान्य है। अगर आपने यह कोड नहीं माँगा, तो इस संदेश को अनदेखा करें।',
  },
  zh: {
    sms: '{{brand}}：{{code}} 是您的验证码，{{minutes}} 分钟内有效，请勿告诉他人。',
    voice: '{{brand}}。您的验证码是：{{code}}。再说一遍：{{code}}。',
    emailSubject: '{{brand}}：您的验证码',
    emailBody:
      '{{brand}}\n\n您的验证码：{{code}}\n\n{{minutes}} 分钟内有效。如果您没有申请验证码，请忽略此邮件。',
  },
  ja: {
    sms: '{{brand}}：認証コードは {{code}} です。有効期限は{{minutes}}分です。',
    voice: '{{brand}}。認証コードは、{{code}}、です。繰り返します。{{code}}。',
    emailSubject: '{{brand}}：認証コードのお知らせ',
    emailBody:
      '{{brand}}\n\n認証コード：{{code}}\n\n有効期限は{{minutes}}分です。お心当たりがない場合は、このメールを破棄してください。',
  },
  ko: {
    sms: '{{brand}}: 인증번호는 {{code}}입니다. {{minutes}}분 동안 유효합니다.',
    voice: '{{brand}}. 인증번호는 {{code}}입니다. 다시 말씀드립니다. {{code}}.',
    emailSubject: '{{brand}}: 인증번호 안내',
    emailBody:
      '{{brand}}\n\n인증번호: {{code}}\n\n{{minutes}}분 동안 유효합니다. 요청하지 않으셨다면 이 메일을 무시하세요.',
  },
  id: {
    sms: '{{brand}}: {{code}} adalah kode verifikasi Anda. Berlaku {{minutes}} menit. Jangan bagikan kepada siapa pun.',
    voice: '{{brand}}. Kode verifikasi Anda adalah {{code}}. Sekali lagi: {{code}}.',
    emailSubject: '{{brand}}: Kode verifikasi Anda',
    emailBody:
      '{{brand}}\n\nKode verifikasi Anda: {{code}}\n\nBerlaku {{minutes}} menit. Jika Anda tidak memintanya, abaikan pesan ini.',
  },
  vi: {
    sms: '{{brand}}: {{code}} là mã của bạn. Hiệu lực {{minutes}} phút.',
    voice: '{{brand}}. Mã xác minh của bạn là {{code}}. Xin nhắc lại: {{code}}.',
    emailSubject: '{{brand}}: Mã xác minh của bạn',
    emailBody:
      '{{brand}}\n\nMã xác minh của bạn: {{code}}\n\nHiệu lực {{minutes}} phút. Nếu bạn không yêu cầu mã này, hãy bỏ qua thư này.',
  },
  ka: {
    sms: '{{brand}}: {{code}} თქვენი კოდია. მოქმედებს {{minutes}} წთ.',
    voice: '{{brand}}. თქვენი დამადასტურებელი კოდია {{code}}. გავიმეორებ: {{code}}.',
    emailSubject: '{{brand}}: თქვენი დამადასტურებელი კოდი',
    emailBody:
      '{{brand}}\n\nთქვენი დამადასტურებელი კოდი: {{code}}\n\nმოქმედებს {{minutes}} წთ. თუ კოდი არ მოგითხოვიათ, უგულებელყავით ეს წერილი.',
  },
};
