// SPDX-FileCopyrightText: The Podpis authors
// SPDX-License-Identifier: Apache-2.0

package main

import "podpis/verify/reasons"

// words is a line of the program in its two languages.
type words struct{ key, ru, en string }

// text returns the words of a key. Kazakh is spoken by the verdicts; the
// program's own lines are Russian then.
func (c *console) text(key string) string {
	for _, table := range [][]words{helpTexts[:], problemTexts[:], outputTexts[:]} {
		for i := range table {
			if table[i].key != key {
				continue
			}
			if c.language == reasons.English {
				return table[i].en
			}
			return table[i].ru
		}
	}
	return key
}

var outputTexts = [...]words{
	{"signed", "%s: подписано, подпись проверена. Файл подписи: %s", "%s: signed, the signature was verified. Signature file: %s"},
	{"signature-kept", "Прежняя подпись сохранена: %s", "The earlier signature was kept: %s"},
	{"encrypted", "%s: зашифровано в %s. Получателей: %d", "%s: encrypted to %s. Recipients: %d"},
	{"decrypted", "%s: расшифровано в %s", "%s: decrypted to %s"},
	{"decrypted-unproved", "%s: шифр без имитовставки. Изменил ли кто-то файл в пути, узнать нельзя", "%s: the cipher has no authentication code. Whether the file was changed on its way cannot be known"},
	{"key-made", "Ключ создан (%s), внутри самоподписанный сертификат: %s", "Key made (%s) with a self-signed certificate inside: %s"},
	{"password-changed", "%s: пароль изменён", "%s: password changed"},
	{"prompt-password", "Пароль ключа: ", "Password of the key: "},
	{"prompt-new", "Новый пароль: ", "New password: "},
	{"prompt-again", "Ещё раз: ", "Once more: "},
	{"report-signature", " Подпись %s: %s", " Signature %s: %s"},
	{"report-signer", "  Подписал: %s. Издатель: %s", "  Signed by: %s. Issuer: %s"},
	{"report-level", "  Вид подписи: %s", "  Kind of signature: %s"},
	{"report-best", "  Время по метке: %s", "  Time by time stamp: %s"},
	{"report-claimed", "  Время по словам подписанта: %s", "  Time as the signer states: %s"},
	{"report-law", "  %s Признаётся квалифицированной (63-ФЗ, статья 11)", "  %s Recognised as qualified (law 63-FZ, article 11)"},
	{"report-link", "    %s: %s, № %s, %s — %s", "    %s: %s, No. %s, %s — %s"},
	{"report-stamp", "    метка времени (%s): %s %s %s", "    time stamp (%s): %s %s %s"},
	{"report-revocation", "    отзыв %s: %s %s — %s, %s", "    revocation %s: %s %s — %s, %s"},
	{"show-key", "Ключ: %s, %d бит\nИдентификатор ключа: %s", "Key: %s, %d bits\nKey identifier: %s"},
	{"show-certificate", "Сертификат\n  Владелец: %s\n  Издатель: %s\n  Номер: %s (%s)\n  Срок: %s", "Certificate\n  Subject: %s\n  Issuer: %s\n  Serial: %s (%s)\n  Validity: %s"},
	{"show-request", "Запрос на сертификат\n  Владелец: %s", "Certification request\n  Subject: %s"},
	{"show-public", "  Ключ: %s, %d бит", "  Key: %s, %d bits"},
	{"show-key-unknown", "  Ключ: алгоритм не поддерживается (подпись %s)", "  Key: algorithm not supported (signature %s)"},
	{"show-signature-good", "  Подпись запроса верна", "  The request's signature is valid"},
	{"show-signature-bad", "  Подпись запроса неверна", "  The request's signature is not valid"},
	{"show-usage", "  Использование ключа: %s", "  Key usage: %s"},
	{"show-purposes", "  Назначение: %s", "  Purposes: %s"},
	{"show-policies", "  Классы средств: %s", "  Policies: %s"},
	{"show-tool", "  Средство подписи: %s", "  Signing tool: %s"},
	{"show-key-period", "  Срок ключа: %s", "  Key period: %s"},
	{"show-crl", "  Списки отзыва: %s", "  Revocation lists: %s"},
	{"show-ocsp", "  OCSP: %s", "  OCSP: %s"},
	{"show-warning", "  Отклонение от стандарта: %s", "  Deviation: %s"},
	{"show-fingerprints", "  SHA-1: %s\n  SHA-256: %s", "  SHA-1: %s\n  SHA-256: %s"},
	{"ca-made", "Сертификат центра\n  Владелец: %s\n  Номер: %s\n  Срок: %s\n  SHA-256: %s", "Certificate of the authority\n  Subject: %s\n  Serial: %s\n  Validity: %s\n  SHA-256: %s"},
	{"ca-issued", "Сертификат выпущен, номер %s: %s", "Certificate issued, serial %s: %s"},
	{"ca-revoked", "Сертификат %s отозван (%s), список отзыва опубликован", "Certificate %s is revoked (%s), the list is published"},
	{"ca-crl", "Список отзыва: %s, действует до %s", "Revocation list: %s, valid until %s"},
	{"audit-good", "Журнал аудита цел: записей %d, подписанных корней %d, якорей %d", "The audit record is whole: %d entries, %d signed roots, %d anchors"},
}

var problemTexts = [...]words{
	{"internal", "Внутренняя ошибка: %s", "Internal error: %s"},
	{"interrupted", "Прервано. Ничего не записано", "Interrupted. Nothing was written"},
	{"unknown-command", "Нет команды «%s». Список команд: %s help", "No command %q. For a list: %s help"},
	{"bad-option", "%s: непонятный ключ командной строки: %s", "%s: bad option: %s"},
	{"no-arguments", "Лишнее в командной строке: %s", "Unexpected argument: %s"},
	{"files-missing", "Не указан файл. Подробности: podpis %s --help", "No file given. See: podpis %s --help"},
	{"input-missing", "Файла %s нет. Проверьте имя и папку", "There is no file %s. Check its name and folder"},
	{"input-forbidden", "Файл %s читать не разрешено", "Reading %s is not permitted"},
	{"input-directory", "%s — папка, а нужен файл", "%s is a folder, a file is needed"},
	{"input-large", "Файл %s слишком велик", "File %s is too large"},
	{"input-unreadable", "Файл %s не читается", "File %s cannot be read"},
	{"output-exists", "Файл %s уже есть. Укажите другое имя (-o) или --force", "File %s exists. Give another name (-o) or --force"},
	{"output-is-input", "%s — один из исходных файлов, а результат заменил бы его. Укажите другое имя (-o)", "%s is one of the files read, the result would replace it. Give another name (-o)"},
	{"output-twice", "Два файла получили бы одно имя %s. Расшифруйте их по одному с -o", "Two files would get the one name %s. Decrypt them one by one with -o"},
	{"output-unwritable", "Файл %s не записать", "File %s cannot be written"},
	{"out-missing", "Не указано, куда писать: добавьте -o ФАЙЛ", "No output given: add -o FILE"},
	{"one-output", "-o годится для одного файла", "-o is for a single file"},
	{"attached-detached", "Выберите одно: --attached или --detached", "Choose one: --attached or --detached"},
	{"password-missing", "Не указан пароль: добавьте --password-file ФАЙЛ или переменную %s", "No password: add --password-file FILE or the variable %s"},
	{"password-empty", "Пароль не может быть пустым", "The password must not be empty"},
	{"passwords-differ", "Пароли не совпали. Повторите команду", "The passwords differ. Run the command again"},
	{"terminal", "Не удалось спросить пароль на терминале", "The password could not be asked on the terminal"},
	{"key-missing", "Не указан ключ: добавьте --key ФАЙЛ (.p12, .pfx, .pem) или папку контейнера", "No key given: add --key FILE (.p12, .pfx, .pem) or a container's folder"},
	{"key-kind-later", "Ключи вида %s пока не поддерживаются. Возьмите файл .p12, .pfx или .pem", "Keys of the kind %s are not supported yet. Use a .p12, .pfx or .pem file"},
	{"key-password", "KEY-101 %s: пароль ключа не подошёл. Проверьте раскладку и заглавные буквы", "KEY-101 %s: wrong password. Check keyboard layout and capitals"},
	{"key-damaged", "KEY-105 %s: файл ключа повреждён. Возьмите его копию", "KEY-105 %s: the key file is damaged. Use a copy of it"},
	{"key-none", "KEY-104 %s: здесь нет ключа. Выберите файл .p12, .pfx или .pem или папку с шестью файлами .key", "KEY-104 %s: no key here. Choose a .p12, .pfx or .pem file or a folder with six .key files"},
	{"key-pair", "KEY-110 %s: ключ и сертификат не пара. Выберите другой сертификат", "KEY-110 %s: key and certificate are not a pair. Choose another certificate"},
	{"key-work", "KEY-106 %s: файл требует больше 3000000 шагов вывода ключа. Такие файлы не открываем", "KEY-106 %s: the file demands more than 3000000 derivation steps. Such files are not opened"},
	{"key-algorithm", "KEY-107 %s: алгоритм ключа или его защиты не поддерживается. Сохраните ключ в другой программе как PKCS #12 по RFC 9548", "KEY-107 %s: algorithm of the key or of its protection not supported. Export it as PKCS #12 of RFC 9548"},
	{"container-kept", "%s: контейнер другой программы не меняем. Сохраните ключ в файл: podpis key convert", "%s: a container of another program is not changed. Save the key to a file: podpis key convert"},
	{"key-read-only", "KEY-108 %s: ключ ГОСТ Р 34.10-2001. Им только расшифровывают и проверяют старые документы, подписывать нельзя", "KEY-108 %s: a key of GOST R 34.10-2001. It decrypts and checks old documents and does not sign"},
	{"certificate-missing", "KEY-111 %s: в файле нет сертификата. Добавьте --cert ФАЙЛ", "KEY-111 %s: no certificate inside. Add --cert FILE"},
	{"certificate-none", "%s: это не сертификат", "%s: not a certificate"},
	{"certificate-expired", "CRT-301 %s: сертификат закончился, подпись не поставлена. Перевыпустите его", "CRT-301 %s: the certificate has expired, not signed. Have it re-issued"},
	{"certificate-early", "CRT-303 %s: сертификат ещё не действует, подпись не поставлена. Проверьте часы", "CRT-303 %s: the certificate is not valid yet, not signed. Check the clock"},
	{"certificate-usage", "CRT-304 %s: этим сертификатом нельзя подписывать документы. Выберите другой", "CRT-304 %s: this certificate is not for signing documents. Choose another"},
	{"key-period", "CRT-305 %s: срок закрытого ключа не идёт, подпись не поставлена. Нужен новый ключ", "CRT-305 %s: outside the period of the private key, not signed. A new key is needed"},
	{"document-changed", "SIG-405 %s: файл изменился, пока мы его читали. Подпись не поставлена, повторите", "SIG-405 %s: the file changed while it was read. Not signed, try again"},
	{"self-check", "SIG-406 %s: сделанная подпись не прошла проверку и не сохранена. Сообщите разработчикам", "SIG-406 %s: the signature made did not verify and was not kept. Please report it"},
	{"sign-failed", "SIG-407 %s: подпись не поставлена", "SIG-407 %s: not signed"},
	{"tsa-missing", "Для уровня t нужен адрес службы меток времени: --tsa АДРЕС", "Level t needs a time stamp authority: --tsa URL"},
	{"tsa-failed", "TSP-501 %s: служба меток времени не дала пригодной метки, подпись не сохранена. Повторите позже или выберите --level b", "TSP-501 %s: the time stamp authority gave no usable stamp, the signature was not kept. Try later or use --level b"},
	{"format-later", "Формат %s уровня %s пока не поддерживается. Есть cades уровней b и t и cms", "Format %s of level %s is not supported yet. There are cades b and t, and cms"},
	{"format-unknown", "Нет формата %s уровня %s. Есть cades уровней b и t и cms", "No format %s of level %s. There are cades b and t, and cms"},
	{"to-missing", "Не указан получатель: добавьте --to СЕРТИФИКАТ", "No recipient: add --to CERT"},
	{"cipher-unknown", "Нет шифра «%s». Есть kuznyechik и magma", "No cipher %q. There are kuznyechik and magma"},
	{"recipient-expired", "ENC-801 %s: срок сертификата не идёт (%s), не зашифровано. Попросите у получателя новый сертификат или добавьте --allow-expired", "ENC-801 %s: the certificate is outside its validity (%s), not encrypted. Ask the recipient for a new one or add --allow-expired"},
	{"recipient-key", "ENC-802 Для ключа получателя %s шифровать не умеем. Нужен ключ ГОСТ Р 34.10-2012 или RSA", "ENC-802 Cannot encrypt for the key of %s. A GOST R 34.10-2012 or RSA key is needed"},
	{"encrypt-stream", "ENC-803 %s: шифруются только обычные файлы", "ENC-803 %s: only regular files are encrypted"},
	{"encrypt-changed", "ENC-804 %s: файл изменился, пока мы его читали. Не зашифровано, повторите", "ENC-804 %s: the file changed while it was read. Not encrypted, try again"},
	{"encrypt-long", "ENC-805 %s: файл больше 2 ГБ. Разделите его", "ENC-805 %s: the file is larger than 2 GB. Split it"},
	{"encrypt-failed", "ENC-806 %s: не зашифровано", "ENC-806 %s: not encrypted"},
	{"not-encrypted", "ENC-811 %s: это не зашифрованный файл, или он повреждён", "ENC-811 %s: not an encrypted file, or a damaged one"},
	{"not-encrypted-signed", "ENC-812 %s: файл подписан, а не зашифрован. Проверьте его: podpis verify", "ENC-812 %s: the file is signed, not encrypted. Check it: podpis verify"},
	{"not-recipient", "ENC-813 %s: зашифровано не для этого ключа. Возьмите ключ, для которого вам шифровали, может быть прежний", "ENC-813 %s: not encrypted for this key. Take the key it was encrypted for, perhaps an earlier one"},
	{"decrypt-failed", "ENC-814 %s: не расшифровано: файл изменён в пути или ключ другой. Попросите отправителя прислать его снова", "ENC-814 %s: not decrypted: the file was changed or the key is another. Ask the sender to send it again"},
	{"sender-needed", "ENC-815 %s: нужен сертификат отправителя. Добавьте --sender ФАЙЛ", "ENC-815 %s: the sender's certificate is needed. Add --sender FILE"},
	{"decrypt-large", "ENC-816 %s: файл такого вида больше 256 МБ не читаем. Попросите отправителя сохранить его в DER", "ENC-816 %s: a file of this form is read up to 256 MB. Ask the sender to save it as DER"},
	{"decrypt-algorithm", "ENC-817 %s: зашифровано способом, который не поддерживается", "ENC-817 %s: encrypted in a way that is not supported"},
	{"decrypt-stream", "ENC-818 %s: расшифровываются только обычные файлы. Сохраните его в файл", "ENC-818 %s: only regular files are decrypted. Save it to a file"},
	{"hash-unknown", "Нет хеша «%s». Есть: %s", "No hash %q. There are: %s"},
	{"alg-unknown", "Нет алгоритма «%s». Есть: %s", "No algorithm %q. There are: %s"},
	{"subject-missing", "Не указан владелец: --subject \"CN=Иванов Иван Иванович\"", "No subject: --subject \"CN=John Smith\""},
	{"subject-bad", "Имя владельца «%s» не разобрать: %s", "Subject %q cannot be read: %s"},
	{"key-format-unknown", "Нет формата ключа «%s». Есть p12 и pem", "No key format %q. There are p12 and pem"},
	{"one-signature", "--signature годится для одного файла", "--signature is for a single file"},
	{"report-unknown", "Нет отчёта «%s». Есть simple и detailed; для программ — --json", "No report %q. There are simple and detailed; for programs --json"},
	{"at-format", "Время «%s» нужно в виде 2026-11-22T10:00:00Z", "Time %q must look like 2026-11-22T10:00:00Z"},
	{"crl-unreadable", "%s: это не список отзыва", "%s: not a revocation list"},
	{"ocsp-unreadable", "%s: это не ответ OCSP", "%s: not an OCSP response"},
	{"folder-empty", "В папке %s нет файлов подписи", "No signature files in folder %s"},
	{"settings-bad", "Настройки не годятся, сервер не запущен. Исправьте файл настроек или ключи", "The settings cannot work. Mend the file of settings or the options"},
	{"installation-none", "В папке %s нет установки. Укажите --data или создайте её: podpis ca init", "No installation in folder %s. Give --data or make one: podpis ca init"},
	{"installation-failed", "Установка в папке %s не открылась или остановилась", "The installation in folder %s could not be opened or has stopped"},
	{"data-forbidden", "В папку %s нельзя писать. Выберите другую (--data) или дайте права", "Folder %s cannot be written. Choose another (--data) or give the rights"},
	{"address-taken", "Адрес %s уже занят другой программой. Выберите другой: --listen", "Address %s is taken by another program. Choose another: --listen"},
	{"address-bad", "По адресу %s слушать нельзя. Выберите другой: --listen", "Cannot listen on %s. Choose another: --listen"},
	{"ca-exists", "В папке %s уже есть удостоверяющий центр. Ничего не изменено", "Folder %s holds an authority already. Nothing was changed"},
	{"ca-failed", "Удостоверяющий центр не смог это сделать", "The authority could not do it"},
	{"ca-refused", "Удостоверяющий центр отказал: исправьте данные владельца по профилю", "The authority refused: mend the subject to fit the profile"},
	{"ca-profile-unknown", "Не указан вид сертификата: --profile person, ip или org", "No such kind of certificate: --profile person, ip or org"},
	{"ca-request-bad", "Запрос на сертификат не подходит. Создайте его заново", "The certification request does not do. Make it anew"},
	{"ca-key-taken", "На этот ключ уже есть сертификат. Создайте новый ключ", "This key has a certificate already. Make a new key"},
	{"ca-certificate-missing", "Сертификата с таким номером нет. Проверьте номер: podpis ca list", "There is no certificate of this number. See: podpis ca list"},
	{"ca-certificate-revoked", "Сертификат уже отозван", "The certificate is revoked already"},
	{"ca-serial-one", "Укажите один номер сертификата", "Give one serial number"},
	{"ca-serial-bad", "«%s» — не номер сертификата: нужны шестнадцатеричные цифры", "%q is no serial number: hex digits are needed"},
	{"ca-reason-unknown", "Нет причины «%s». Есть: unspecified, keyCompromise, affiliationChanged, superseded, cessationOfOperation, privilegeWithdrawn", "No reason %q. There are: unspecified, keyCompromise, affiliationChanged, superseded, cessationOfOperation, privilegeWithdrawn"},
	{"csr-missing", "Не указан запрос: --csr ФАЙЛ", "No request given: --csr FILE"},
	{"limit-bad", "--limit — целое число от 1", "--limit is a whole number from 1"},
	{"audit-bad", "Журнал аудита нарушен, найдено: %d", "The audit record is not whole, found: %d"},
}
