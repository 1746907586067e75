import type { Messages } from '../en/index.js';

export const operations: Messages['operations'] = {
  warnings: {
    QUEUE_NO_CONSUMER: {
      message: '{queue} kuyruğunu tüketen yok: {ready} ileti bekliyor.',
      hint: 'Bu kuyruktan alan bir işçi başlatın: `zincir worker`.',
    },
    QUEUE_WAIT_LONG: {
      message: '{queue} kuyruğunun ilk görevi {seconds} saniyedir bekliyor; sınır {limit} saniye.',
      hint: 'İşçi ya da yuva ekleyin veya ZINCIR_QUEUE_WAIT_WARNING_SECONDS ayarını yükseltin.',
    },
    DEAD_LETTERS: {
      message: '{queue} kuyruğunda hiçbir işçinin alamadığı {ready} ileti var.',
      hint: 'İletilere bakın; sonra geri taşıyın ya da kuyruğu boşaltın. Hâlâ çalışması gereken görevler kendiliğinden yeni ileti alır.',
    },
    BROKER_AWAY: {
      message: 'Kuyruk sunucusu yanıt vermiyor: {detail}.',
      hint: 'Hiçbir şey kaybolmadı: adımlar veritabanında bekliyor. ZINCIR_BROKER_URL ayarını `zincir doctor` ile denetleyin.',
    },
    BROKER_BLOCKED: {
      message: 'Kuyruk sunucusu ileti kabul etmiyor: {reason}.',
      hint: 'Makinesine bellek ya da disk verin; yayımlama kendiliğinden sürer.',
    },
    MANAGEMENT_UNREACHABLE: {
      message: 'RabbitMQ yönetim API’sine {url} adresinde ulaşılamıyor: {detail}. Sayılar veritabanından.',
      hint: 'Kuyruk sunucusunda `rabbitmq-plugins enable rabbitmq_management` çalıştırın ya da ZINCIR_RABBITMQ_API_URL ayarını verin.',
    },
    MANAGEMENT_REFUSES: {
      message:
        '{url} adresindeki RabbitMQ yönetim API’si kullanıcımızı kabul etmiyor ({detail}). Sayılar veritabanından.',
      hint: 'Kullanıcıya `monitoring` etiketini verin ya da ZINCIR_RABBITMQ_API_URL içine başka bir kullanıcı ve parola yazın.',
    },
    MANAGEMENT_SLOW: {
      message:
        '{url} adresindeki RabbitMQ yönetim API’si {seconds} saniye içinde yanıt vermedi. Sayılar veritabanından.',
      hint: 'Kuyruk sunucusunun yüküne bakın; bu sırada iş sürüyor.',
    },
    MANAGEMENT_RUBBISH: {
      message: '{url} adresinde yanıt veren, RabbitMQ yönetim API’si değil: {detail}. Sayılar veritabanından.',
      hint: 'ZINCIR_RABBITMQ_API_URL ayarına doğru adresi yazın; örneğin http://host:15672.',
    },
  },
  purged: {
    steps: {
      message: '{queue} kuyruğundan {messages} ileti silindi.',
      hint: 'Görevleri hâlâ veritabanında bekliyor ve birkaç dakika içinde yeni ileti alır. Görevleri durdurmak için onları iptal edin.',
    },
    dead: {
      message: '{queue} kuyruğundan {messages} ileti silindi.',
      hint: 'Hâlâ çalışması gereken görevler kendiliğinden yeni ileti alır.',
    },
    moved: {
      message: '{messages} ileti geldiği kuyruğa döndü.',
      hint: 'Hiçbir kuyruktan gelmeyen ya da kuyruğu artık olmayan iletiler {queue} içinde kalır.',
    },
  },
};
