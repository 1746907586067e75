import type { ErrorCode } from '../../errors.js';

export const errors: Record<ErrorCode, { message: string; hint: string }> = {
  CSV_EMPTY: {
    message: 'Dosya boş ya da yalnızca boş satırlardan oluşuyor.',
    hint: 'Başlık satırı ve birkaç veri satırı olan bir CSV dosyası seçin.',
  },
  CSV_HEADER_ONLY: {
    message: 'Dosyada başlık var ama satır yok.',
    hint: 'Başlığın altına veri satırlarını ekleyin.',
  },
  CSV_ONE_COLUMN: {
    message: 'Dosyada yalnızca bir sütun var ({column}).',
    hint: 'Bir hedef ve en az bir öznitelik gerekir. Sütunlar virgül, noktalı virgül, sekme ya da dikey çizgi ile ayrılabilir.',
  },
  CSV_TOO_FEW_ROWS: {
    message: 'Dosyada kullanılabilir {rows} satır var; eğitim ve doğrulama için en az {least} gerekir.',
    hint: 'Satır ekleyin ya da test_size değerini düşürün.',
  },
  CSV_RAGGED: {
    message: '{line}. satırda {found} alan var, başlıkta {expected}.',
    hint: 'O satırı düzeltin: metin içindeki ayırıcı için metni tırnak içine alın; her satırda başlık kadar alan olmalı.',
  },
  CSV_BINARY: {
    message: 'Dosya metin değil: sıfırdan sayarak {offset} numaralı bayt bir CSV içinde olamaz.',
    hint: 'Tabloyu CSV olarak dışa aktarın ya da dosya sıkıştırılmışsa (.gz, .zip) önce açın; hesap tablosunun kendi dosyası ya da resim okunamaz.',
  },
  CSV_ENCODING: {
    message: 'Metin {offset}. baytta geçerli {encoding} değil.',
    hint: 'Dosyayı UTF-8 olarak kaydedin (hesap tablosunda “CSV UTF-8”), sonra yeniden yükleyin.',
  },
  CSV_QUOTE_UNTERMINATED: {
    message: '{line}. satırda açılan tırnak kapanmıyor.',
    hint: 'Tırnağı kapatın ya da metnin parçasıysa iki kez yazın.',
  },
  CSV_RECORD_TOO_LONG: {
    message: '{line}. satırda başlayan kayıt {limitBytes} bayttan uzun.',
    hint: 'Eksik bir tırnak ya da satır sonu olup olmadığına bakın; bu kadar uzun bir satır nadiren istenir.',
  },
  CSV_VALUE_NOT_NUMERIC: {
    message: '{line}. satır, {column} sütunu: “{value}” bir sayı değil.',
    hint: 'Değeri düzeltin, boşaltın ya da sütunu kategori sayın.',
  },
  CSV_NOT_FINITE: {
    message: '{line}. satır, {column} sütunu: “{value}” sonlu bir sayı değil.',
    hint: 'Değiştirin ya da boşaltın; boş değer doldurulur.',
  },
  TARGET_UNKNOWN: {
    message: '{target} adlı bir sütun yok.',
    hint: 'Şunlardan birini seçin: {columns}.',
  },
  TARGET_LEFT_OUT: {
    message: '{target} sütunu hem hedef seçilmiş hem de dışarıda bırakılmış.',
    hint: 'Başka bir hedef seçin ya da o sütunu dışarıda bırakmayın (--drop ya da use: false).',
  },
  TARGET_EMPTY: {
    message: '{target} sütununda değer yok.',
    hint: 'Değerleri olan bir hedef seçin.',
  },
  TARGET_CONSTANT: {
    message: '{target} sütununda tek bir değer var ({value}).',
    hint: 'Bir modelin ayırt etmesi için en az iki sınıf gerekir; başka bir hedef seçin.',
  },
  TARGET_CONTINUOUS: {
    message: '{target} sütunu bir sınıf değil, ölçüm (örneğin {example}).',
    hint: 'Yinelenen birkaç değeri olan bir hedef seçin ya da sayıları önce gruplara ayırın.',
  },
  TARGET_ALL_DISTINCT: {
    message: '{target} sütununun {rows} satırının her birinde farklı bir değer var.',
    hint: 'Bir ad ya da kimliğe benziyor; değerleri yinelenen bir hedef seçin.',
  },
  TARGET_TOO_MANY_CLASSES: {
    message: '{target} sütununda {classes} sınıf var; en çok {limit} sınıf eğitilebilir.',
    hint: 'Seyrek sınıfları birleştirin ya da başka bir hedef seçin.',
  },
  COLUMN_UNKNOWN: {
    message: '{column} adlı bir sütun yok.',
    hint: 'Dosyadaki sütunlar: {columns}.',
  },
  CLASS_TOO_SMALL: {
    message: '{label} sınıfında {count} satır var; katmanlı bölme en az 2 ister.',
    hint: 'O sınıfa satır ekleyin, sınıfı çıkarın ya da stratify seçeneğini kapatın.',
  },
  CLASS_WEIGHT_UNKNOWN: {
    message: 'class_weight içinde geçen {label} hedefin bir sınıfı değil.',
    hint: 'Sınıflar: {classes}.',
  },
  FEATURES_NONE: {
    message: 'Öğrenilecek sütun kalmadı.',
    hint: 'Hedef dışındaki her sütun dışarıda bırakıldı; en az birini kullanın.',
  },
  FEATURES_TOO_MANY: {
    message:
      '{column} sütununda {categories} kategori var, bu da {features} öznitelik eder; en çok {limit} öznitelik eğitilebilir.',
    hint: 'Bu sütunu dışarıda bırakın ya da seyrek değerlerini birleştirin.',
  },
  ROWS_ALL_DROPPED: {
    message: 'Hiç satır kalmadı: {withoutTarget} satırda hedef yoktu, {withMissing} satırda eksik değer vardı.',
    hint: 'missing: impute seçin, çoğu boş olan sütunları çıkarın ya da hedefi denetleyin.',
  },
  SPLIT_TOO_SMALL: {
    message: 'test_size {testSize} ile {rows} satırdan eğitime {train}, doğrulamaya {validation} satır düşüyor.',
    hint: 'Her iki tarafta en az bir satır (katmanlıysa sınıf başına bir satır) bırakan bir test_size seçin.',
  },
  TRAIN_ONE_CLASS: {
    message: '{rows:Tek eğitim satırı|Eğitim satırlarının hepsi} {label} sınıfından.',
    hint: 'Başka sınıflardan satır ekleyin; her sınıfta en az 2 satır varsa stratify seçeneğini açmak da çözer.',
  },
  DIVERGED: {
    message: 'Ağırlıklar {epoch}. dönemde sonsuza gitti.',
    hint: 'learning_rate değerini düşürün ya da sayısal sütunların ölçeklenmesini açık tutun.',
  },
  MEMORY_TOO_SMALL: {
    message:
      '{features} öznitelikli satırlarla eğitim en az {neededBytes} bayt istiyor; ZINCIR_MEMORY {memoryBytes} bayta izin veriyor.',
    hint: 'İşçide ZINCIR_MEMORY değerini yükseltip işçiyi yeniden başlatın, sütun çıkarın ya da batch_size değerini veya ağı küçültün.',
  },
  PARAM_UNKNOWN: {
    message: '{name} adlı bir hiperparametre yok.',
    hint: 'Bu modelin hiperparametreleri: {known}.',
  },
  PARAM_INVALID: {
    message: '{name} değeri {value} olamaz: {rule}.',
    hint: '{name} için bu kurala uyan bir değer verin.',
  },
  REQUEST_INVALID: {
    message: '{field}: {rule}.',
    hint: 'İsteğin neler içerebileceği için /api/docs sayfasına bakın.',
  },
  REQUEST_NOT_JSON: {
    message: 'İsteğin gövdesi geçerli bir JSON değil.',
    hint: 'Tırnakları, virgülleri ve parantezleri denetleyin: adlar ve metinler çift tırnak içinde yazılır.',
  },
  REQUEST_TOO_LARGE: {
    message: 'İsteğin gövdesi {limitBytes} bayttan büyük.',
    hint: 'Tek istekte daha azını gönderin; dosyalar POST /api/datasets adresine yüklenir.',
  },
  UPLOAD_NO_FILE: {
    message: 'Yüklemede dosya yok.',
    hint: 'CSV dosyasını çok parçalı formun “file” parçası olarak gönderin.',
  },
  UPLOAD_INCOMPLETE: {
    message: 'Yükleme {receivedBytes} bayttan sonra kesildi.',
    hint: 'Hiçbir şey saklanmadı; dosyayı yeniden yükleyin.',
  },
  UPLOAD_TOO_LARGE: {
    message: 'Dosya {limitBytes} bayttan büyük.',
    hint: 'İşletmenden ZINCIR_MAX_UPLOAD_BYTES değerini yükseltmesini isteyin ya da dosyayı bölün.',
  },
  UNSUPPORTED_MEDIA_TYPE: {
    message: 'Burada {mediaType} kabul edilmez.',
    hint: '{accepted} gönderin.',
  },
  ROUTE_NOT_FOUND: {
    message: '{method} {path} adresinde bir şey yok.',
    hint: 'Neler olduğunu /api/docs sayfasında görebilirsiniz.',
  },
  DATASET_NOT_FOUND: {
    message: '{id} numaralı veri kümesi yok.',
    hint: 'GET /api/datasets hepsini listeler.',
  },
  WORKFLOW_NOT_FOUND: {
    message: '{id} numaralı iş akışı yok.',
    hint: '`zincir list` ve İş akışları sayfası hepsini gösterir.',
  },
  ARTIFACT_NOT_FOUND: {
    message: '{id} numaralı iş akışında {name} dosyası yok.',
    hint: 'Dosyaları: {names}.',
  },
  ARTIFACT_NOT_READY: {
    message: '{id} numaralı iş akışının {name} dosyası henüz yazılmadı.',
    hint: '{step} adımı tamamlanınca oluşur.',
  },
  RANGE_NOT_SATISFIABLE: {
    message: '{range} aralığı {sizeBytes} baytlık dosyanın dışında.',
    hint: 'Dosyanın içindeki baytları isteyin.',
  },
  DATASET_IN_USE: {
    message: '{id} numaralı veri kümesini {workflows} iş akışı kullanıyor.',
    hint: 'Bir iş akışı ona başvurduğu sürece saklanır.',
  },
  WORKFLOW_ENDED: {
    message: '{id} numaralı iş akışı sona erdi ({status}).',
    hint: 'Yeniden çalıştırmak için yeniden başlatın.',
  },
  WORKFLOW_NOT_FAILED: {
    message:
      '{id} numaralı iş akışı {status} durumunda; yalnızca başarısız ya da iptal edilmiş olan yeniden denenebilir.',
    hint: 'Baştan çalıştırmak için yeniden başlatın.',
  },
  TASK_NOT_FOUND: {
    message: '{id} görevi yok.',
    hint: 'GET /api/tasks görevleri listeler; görevler birkaç ay saklanır.',
  },
  TASK_RUNNING: {
    message: '{id} görevi çalışıyor.',
    hint: 'İş akışıyla birlikte durdurmak için sonlandırın.',
  },
  TASK_ENDED: {
    message: '{id} görevi bitmiş ({status}).',
    hint: 'İptal edilecek bir şey kalmadı.',
  },
  TASK_NOT_FAILED: {
    message: '{id} görevinin durumu {status}; yalnızca başarısız ya da iptal edilmiş bir görev yeniden denenebilir.',
    hint: 'Yeniden çalıştırmak için iş akışını yeniden başlatın.',
  },
  TASK_REPLACED: {
    message: '{id} görevi zaten yeniden denendi: adımı şimdi {by} görevini çalıştırıyor.',
    hint: 'O göreve bakın.',
  },
  TASKS_CHANGED: {
    message: 'Şimdi {expected} değil, {matched} görev eşleşiyor.',
    hint: 'Görevlere yeniden bakın, sonra yeni sayıyı onaylayın. Hiçbir şey değiştirilmedi.',
  },
  QUEUE_NOT_FOUND: {
    message: '{name} adlı bir kuyruk yok.',
    hint: 'GET /api/queue kuyrukları listeler.',
  },
  QUEUE_NOT_CONFIRMED: {
    message: '{name} kuyruğuna yapılacak işlem geri alınamaz ve onaylanmadı.',
    hint: '`confirm` olarak kuyruğun adını gönderin.',
  },
  WORKER_NOT_FOUND: {
    message: '{name} adında bir işçi yok.',
    hint: 'İşçi listesine bakın; bir haftadır görünmeyen işçi unutulur.',
  },
  WORKER_OFFLINE: {
    message: '{name} işçisine ulaşılamıyor: ondan son haber {seconds} saniye önce alındı.',
    hint: 'Makinesinde yeniden başlatın. Çalıştırdığı adımlar başka yerde kendiliğinden sürer.',
  },
  FORBIDDEN_HOST: {
    message: 'İstek {host} adını taşıyor; bu sunucu o ada yanıt vermez.',
    hint: 'Sunucuyu dinlediği bir adresten açın ya da adı ZINCIR_ALLOWED_HOSTS değerine ekleyin.',
  },
  FORBIDDEN_ORIGIN: {
    message: '{origin} sayfası bu sunucuya istek gönderemez.',
    hint: 'Sunucunun kendi sayfalarını kullanın ya da adı ZINCIR_ALLOWED_HOSTS değerine ekleyin.',
  },
  FLOWER_UNAVAILABLE: {
    message: 'Flower yanıt vermiyor: {detail}.',
    hint: 'Çalıştığından ve ZINCIR_FLOWER_URL değerinin onun adresi olduğundan emin olun.',
  },
  LOGIN_REQUIRED: {
    message: 'Oturum açılmamış.',
    hint: 'Oturum açın; komut satırında adı ve parolayı adreste verin: ZINCIR_URL=http://ad:parola@sunucu:8000.',
  },
  LOGIN_FAILED: {
    message: 'Ad ya da parola yanlış.',
    hint: 'Yeniden deneyin; yeni parolayı bir işletmen `zincir user AD` ile verir.',
  },
  LOGIN_TOO_OFTEN: {
    message: 'Çok fazla yanlış parola girildi.',
    hint: '{seconds} saniye bekleyip yeniden deneyin.',
  },
  ROLE_TOO_LOW: {
    message: '{name} burada {role} rolünde; bunun için {needed} rolü gerekir.',
    hint: 'Bir işletmene başvurun; rolleri `zincir user AD --role {needed}` ile verir.',
  },
  USERS_FILE_INVALID: {
    message: '{path}, {line}. satır: bir kullanıcı değil (ad:rol:özet) ya da ad daha önce geçiyor.',
    hint: 'Satırı silin, kullanıcıyı `zincir user AD` ile ekleyin.',
  },
  FILE_CORRUPT: {
    message: 'Saklanan {file} dosyası yüklenen dosya değil.',
    hint: 'CSV dosyasını yeniden yükleyin; disk ya da depo onu değiştirmiş.',
  },
  STEP_OUT_OF_MEMORY: {
    message: '{step} adımının belleği tükendi.',
    hint: 'Daha çok bellekli bir makine ya da daha az satır veya sütun kullanın.',
  },
  CUSTOM_STEP_UNAVAILABLE: {
    message: 'Özel adım, RabbitMQ üzerinden ulaşılan bir Celery işçisinde çalışır; bu sunucuda RabbitMQ yok.',
    hint: 'ZINCIR_BROKER_URL ayarına bir amqp:// adresi verin ya da yapılandırmadan custom bölümünü çıkarın.',
  },
  CUSTOM_STEP_FAILED: {
    message: '{task} adlı Celery görevi başarısız oldu: {type}: {detail}',
    hint: 'Hatanın dökümü adımın görevinde yazar. Görevi düzeltin, sonra iş akışını yeniden deneyin.',
  },
  CUSTOM_STEP_REVOKED: {
    message: '{task} adlı Celery görevi iptal edildi.',
    hint: 'Yeniden gönderilmesi için iş akışını yeniden deneyin.',
  },
  STEP_TIMEOUT: {
    message: '{step} adımı {seconds} sn sınırını aştı.',
    hint: 'epochs değerini düşürün ya da sınırı yükseltin.',
  },
  STEP_GAVE_UP: {
    message: '{step} adımı {attempts} denemeden sonra bir kenara alındı. Sonuncusu şöyle bitti: {lastFault}',
    hint: 'Nedeni giderin, sonra iş akışını yeniden deneyin; günlüğü daha fazlasını söyler.',
  },
  STEP_CRASHED: {
    message: '{step} adımını yürüten süreç haber vermeden sona erdi ({how}).',
    hint: 'Adım kendiliğinden yeniden denenir. Sistem, bellek yetmediği için süreci sonlandırdıysa daha çok belleği olan bir makine ya da daha az satır veya sütun kullanın.',
  },
  WORKER_LOST: {
    message: '{step} adımını yürüten {worker} işçisi kayboldu.',
    hint: 'Adım kendiliğinden yeniden çalışır.',
  },
  WORKER_STOPPED: {
    message: '{worker} işçisi durdu ve {step} adımını geri verdi.',
    hint: 'Adım kendiliğinden yeniden çalışır.',
  },
  STORAGE_FULL: {
    message: 'Disk dolu.',
    hint: 'Yer açın ya da daha büyük bir disk seçin (ZINCIR_DATA_DIR, --out); yarım yazılmış hiçbir şey saklanmadı.',
  },
  STORAGE_UNAVAILABLE: {
    message: 'Dosya deposu yanıt vermiyor: {detail}.',
    hint: '`zincir doctor` ile ZINCIR_STORAGE_URL değerini denetleyin.',
  },
  DATABASE_UNAVAILABLE: {
    message: 'Veritabanı yanıt vermiyor: {detail}.',
    hint: '`zincir doctor` ile ZINCIR_DATABASE_URL değerini denetleyin.',
  },
  DATABASE_FORBIDDEN: {
    message: 'Veritabanı izin vermiyor: {detail}.',
    hint: 'ZINCIR_DATABASE_URL kullanıcısına yetkiyi verin; neyin eksik olduğunu `zincir doctor` söyler.',
  },
  BROKER_UNAVAILABLE: {
    message: 'Kuyruk sunucusu yanıt vermiyor: {detail}.',
    hint: '`zincir doctor` ile ZINCIR_BROKER_URL değerini denetleyin.',
  },
  SERVER_UNREACHABLE: {
    message: '{url} adresinde yanıt veren bir Zincir sunucusu yok.',
    hint: '`zincir start` ile başlatın ya da ZINCIR_URL değerini verin.',
  },
  CANCELLED: {
    message: '{id} numaralı iş akışı iptal edildi.',
    hint: 'Sürdürmek için yeniden deneyin ya da yeniden başlatın.',
  },
  FILE_NOT_FOUND: {
    message: '{path} dosyası yok.',
    hint: 'Yolu denetleyin.',
  },
  FILE_IS_DIRECTORY: {
    message: '{path} bir dosya değil, dizin.',
    hint: 'İçindeki bir CSV dosyasını verin.',
  },
  FILE_NOT_REGULAR: {
    message: '{path} bir dosya değil, boru hattı ya da aygıt.',
    hint: 'Ondan geleni önce bir dosyaya yazıp o dosyayı verin.',
  },
  FILE_NOT_WRITABLE: {
    message: '{path} yazılamıyor: {detail}.',
    hint: 'Başka bir yer seçin ya da izinlerini değiştirin.',
  },
  USAGE: {
    message: '{detail}',
    hint: '`zincir --help` komutları, `zincir KOMUT --help` seçenekleri listeler.',
  },
  SETTING_INVALID: {
    message: '{setting} “{value}” olamaz: {rule}.',
    hint: 'Ortam değişkeninde, .env dosyasında ya da aynı adlı seçenekte düzeltin.',
  },
  PORT_IN_USE: {
    message: '{host} üzerindeki {port} numaralı portu başka bir program kullanıyor.',
    hint: '--port ya da ZINCIR_PORT ile başka bir port seçin ya da o programı durdurun.',
  },
  PORT_FORBIDDEN: {
    message: '{host} üzerindeki {port} numaralı port açılamıyor: {detail}.',
    hint: '--port ile 1023’ten büyük bir port ya da --host ile bu makinenin bir adresini seçin.',
  },
  DATA_DIR_LOCKED: {
    message: '{directory} veri dizini {pid} numaralı süreç tarafından kullanılıyor.',
    hint: 'O süreci durdurun ya da --data-dir veya ZINCIR_DATA_DIR ile başka bir dizin seçin.',
  },
  DATA_DIR_NOT_WRITABLE: {
    message: '{directory} veri dizinine yazılamıyor: {detail}.',
    hint: 'İzinlerini değiştirin ya da --data-dir veya ZINCIR_DATA_DIR ile başka bir dizin seçin.',
  },
  INTERNAL: {
    message: 'Beklenmeyen bir hata oluştu: {detail}.',
    hint: 'Yeniden deneyin; sürerse günlükle (`--verbose`) bildirin.',
  },
};
