import type { Messages } from '../en/index.js';

export const workers: Messages['workers'] = {
  warnings: {
    WORKER_SILENT: {
      message: '{host} üzerindeki {name} işçisinden {seconds} saniyedir haber yok.',
      hint: 'Makinesine bakın ve işçiyi yeniden başlatın. Adımları, kira süreleri dolunca başka işçilerde yeniden çalışır.',
    },
    WORKER_NAME_TWICE: {
      message:
        '{name} adını iki işçi kullanıyor: {host} üzerinde {pid}, {otherHost} üzerinde {otherPid} numaralı süreç.',
      hint: 'Her birine kendi adını verin (ZINCIR_NODE_NAME). O zamana dek yalnız ilki görünür ve komutları o alır.',
    },
    WORKER_NAME_FOREIGN: {
      message: '{name} adı, işçinin çalıştığı {host} makinesini değil, başka bir makineyi gösteriyor.',
      hint: 'Adı makinesine göre verin: ZINCIR_NODE_NAME değerinde @ işaretinden sonrası {host} ile başlamalı.',
    },
    WORKER_CLOCK_AHEAD: {
      message: '{name} işçisinin saati veritabanınınkinden {seconds} saniye ileri.',
      hint: 'Makinesinin saatini eşitleyin (NTP). O zamana dek veritabanının saatine uyar; yanlış saati yalnız kendi günlüğü gösterir.',
    },
    WORKER_CLOCK_BEHIND: {
      message: '{name} işçisinin saati veritabanınınkinden {seconds} saniye geri.',
      hint: 'Makinesinin saatini eşitleyin (NTP). O zamana dek veritabanının saatine uyar; yanlış saati yalnız kendi günlüğü gösterir.',
    },
  },
  answers: {
    slots: 'Artık {now} yuvası var.',
    leastSlots: 'Tek yuvası var; o kalır.',
    mostSlots: '{now} yuvası var; daha fazlası olamaz.',
    quiet: 'Yeni adım almıyor; çalışanlar sürüyor.',
    resumed: 'Yeniden adım alıyor.',
    stopping: 'Çalışan adımlarını geri verip sona eriyor.',
    gone: 'Komutu yerine getiremeden ayrıldı.',
    unknown: 'Sürümü bu komutu bilmiyor.',
  },
};
