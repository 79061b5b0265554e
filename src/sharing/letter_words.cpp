#include "sharing/letter_words.hpp"

#include <algorithm>

namespace tocsin::sharing {
namespace {

constexpr LetterWords all[] = {
    {"en", "To: {1}\nSubject: Recall {2} of information shared by {3}",
     "Please handle what we gave you, listed below, under {1} from now on.",
     "Please delete what we gave you, listed below, and stop acting on it.", "Reason: {1}",
     "given under {1} by {2}, last on {3}", "and {1} more",
     "If you passed it on, please tell those who have it from you.",
     "Please answer when it is done, with the number of the recall."},
    {"fr", "À : {1}\nObjet : Rappel {2} d’informations partagées par {3}",
     "Veuillez désormais traiter sous {1} ce que nous vous avons transmis (liste ci-dessous).",
     "Veuillez supprimer ce que nous vous avons transmis (liste ci-dessous) et ne plus vous en servir.", "Motif : {1}",
     "transmis sous {1} par {2}, en dernier le {3}", "et {1} de plus",
     "Si vous l’avez transmis, veuillez prévenir ceux qui le tiennent de vous.",
     "Veuillez répondre quand c’est fait, en citant le numéro du rappel."},
    {"es", "Para: {1}\nAsunto: Retirada {2} de información compartida por {3}",
     "A partir de ahora, traten bajo {1} lo que les entregamos (lista más abajo).",
     "Eliminen lo que les entregamos (lista más abajo) y dejen de utilizarlo.", "Motivo: {1}",
     "entregado bajo {1} por {2}, por última vez el {3}", "y {1} más",
     "Si lo han transmitido, avisen a quienes lo tienen por ustedes.",
     "Respondan cuando esté hecho, indicando el número de la retirada."},
    {"ru", "Кому: {1}\nТема: Отзыв {2} сведений, переданных {3}",
     "Просим впредь обращаться с переданным вам (список ниже) по правилам {1}.",
     "Просим удалить переданное вам (список ниже) и больше им не пользоваться.", "Причина: {1}",
     "передано под {1} через {2}, последний раз {3}", "и ещё {1}",
     "Если вы передали это дальше, сообщите, пожалуйста, тем, кто получил это от вас.",
     "Просим ответить, когда это будет сделано, указав номер отзыва."},
    {"zh", "收件人：{1}\n主题：{3} 所共享信息的召回 {2}", "请自即日起按 {1} 处理我们提供给贵方的下列内容。",
     "请删除我们提供给贵方的下列内容，并停止据此采取行动。", "原因：{1}", "以 {1} 通过 {2} 提供，最近一次为 {3}",
     "另有 {1} 项", "如贵方已转交他人，请通知从贵方获得该内容者。", "完成后请回复，并注明召回编号。"},
    {"ar", "إلى: {1}\nالموضوع: سحب رقم {2} لمعلومات شاركتها {3}",
     "يرجى التعامل من الآن فصاعدًا مع ما قدمناه لكم (القائمة أدناه) وفق {1}.",
     "يرجى حذف ما قدمناه لكم (القائمة أدناه) والكف عن العمل به.", "السبب: {1}", "قُدّم وفق {1} عبر {2}، وآخر مرة في {3}",
     "و{1} غيرها", "إن كنتم قد نقلتموه إلى غيركم فيرجى إبلاغ من أخذه عنكم.",
     "يرجى الرد بعد الانتهاء مع ذكر رقم السحب."},
};

}  // namespace

LetterWords const& letter_words(std::string_view language) {
    auto const* const found = std::ranges::find(all, language, &LetterWords::language);
    return found == std::end(all) ? all[0] : *found;
}

std::string filled(std::string_view sentence, std::initializer_list<std::string_view> values) {
    std::string out;
    for (std::size_t i = 0; i < sentence.size(); ++i) {
        bool const is_place = sentence[i] == '{' && i + 2 < sentence.size() && sentence[i + 2] == '}';
        auto const place = is_place ? static_cast<std::size_t>(sentence[i + 1] - '1') : values.size();
        if (place >= values.size()) {
            out += sentence[i];
            continue;
        }
        out += *(values.begin() + place);
        i += 2;
    }
    return out;
}

}  // namespace tocsin::sharing
