export const terms = {
  workflowStatus: {
    PENDING: 'Bekliyor',
    RUNNING: 'Çalışıyor',
    COMPLETED: 'Tamamlandı',
    FAILED: 'Başarısız',
    CANCELLED: 'İptal edildi',
  },
  stepStatus: {
    PENDING: 'Bekliyor',
    QUEUED: 'Kuyrukta',
    RUNNING: 'Çalışıyor',
    COMPLETED: 'Tamamlandı',
    FAILED: 'Başarısız',
    CANCELLED: 'İptal edildi',
  },
  steps: { upload: 'Yükleme', preprocess: 'Ön işleme', train: 'Eğitim' },
  models: {
    LR: 'Lojistik regresyon',
    SVM: 'Doğrusal SVM',
    PER: 'Perceptron',
    PA: 'Pasif-agresif',
    MLP: 'Sinir ağı (MLP)',
  },
  columnTypes: { numeric: 'Sayı', categorical: 'Kategori' },
  columnNotes: {
    constant: 'tek bir değer var',
    identifier: 'satır sayısı kadar değer var (ad ya da kimlik)',
    empty: 'değer yok',
  },
  hyperparameters: {
    epochs: {
      label: 'Dönem (epoch)',
      help: 'Eğitimin tüm eğitim satırlarının üzerinden kaç kez geçeceği.',
      rule: '1 ile 1.000.000 arasında bir tam sayı',
    },
    test_size: {
      label: 'Doğrulama payı',
      help: 'Modeli ölçmek için ayrılan satırların payı (0 ile 1 arasında).',
      rule: '0 ile 1 arasında (uçlar hariç) bir sayı',
    },
    random_state: {
      label: 'Rastgelelik tohumu',
      help: 'Her rastgele seçimin tohumu: aynı tohum aynı bölmeyi ve aynı modeli verir.',
      rule: '0 ile 4.294.967.295 arasında bir tam sayı',
    },
    learning_rate: {
      label: 'Öğrenme oranı',
      help: 'Her adımın büyüklüğü. Büyükse hızlı öğrenir, çok büyükse durulmaz.',
      rule: '0’dan büyük bir sayı',
    },
    learning_rate_schedule: {
      label: 'Oran çizelgesi',
      help: 'Öğrenme oranının değişimi: sabit, optimal (alpha ile) ya da ters ölçekleme.',
      rule: 'constant, optimal ya da invscaling',
    },
    power_t: { label: 't üssü', help: 'Ters ölçeklemenin üssü.', rule: 'bir sayı' },
    penalty: {
      label: 'Ceza',
      help: 'Düzenlileştirme: l2 ağırlıkları küçültür, l1 birçoğunu sıfırlar.',
      rule: 'l2, l1, elasticnet ya da none',
    },
    alpha: { label: 'Alpha', help: 'Düzenlileştirmenin gücü.', rule: 'en az 0 olan bir sayı' },
    l1_ratio: {
      label: 'L1 oranı',
      help: 'Elastic net içindeki l1 payı: 0 l2, 1 l1 demektir.',
      rule: '0 ile 1 arasında bir sayı',
    },
    class_weight: {
      label: 'Sınıf ağırlığı',
      help: 'Dengeli seçeneği seyrek sınıflara daha çok ağırlık verir.',
      rule: 'null, balanced ya da her sınıf için pozitif bir ağırlık',
    },
    C: { label: 'C', help: 'En büyük adım; küçüğü gürültüye karşı daha temkinlidir.', rule: '0’dan büyük bir sayı' },
    loss: { label: 'Kayıp', help: 'hinge (PA-I) ya da squared hinge (PA-II).', rule: 'hinge ya da squared_hinge' },
    batch_size: {
      label: 'Yığın boyutu',
      help: 'Eniyileyicinin her adımındaki satır sayısı.',
      rule: '1 ile 10.000.000 arasında bir tam sayı',
    },
    hidden_layer_sizes: {
      label: 'Gizli katmanlar',
      help: 'Her gizli katmandaki birim sayısı, örneğin 100 ya da 64,32.',
      rule: '1 ile 10.000 arasında bir ile on tam sayı',
    },
    activation: { label: 'Etkinleştirme', help: 'Gizli birimlerin işlevi.', rule: 'relu, tanh ya da logistic' },
    solver: { label: 'Çözücü', help: 'Nesterov momentumlu sgd ya da adam.', rule: 'sgd ya da adam' },
    momentum: {
      label: 'Momentum',
      help: 'Son adımın ne kadarının korunacağı (yalnızca sgd).',
      rule: '0 ile 1 arasında bir sayı',
    },
  },
};
