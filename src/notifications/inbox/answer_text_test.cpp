#include "notifications/inbox/answer_text.hpp"

#include <gtest/gtest.h>

namespace tocsin::notifications {
namespace {

TEST(OwnWords, AreWhatIsNotQuotedInSixLanguages) {
    EXPECT_EQ(
        own_words("Fixed today.\n\nOn Mon, 23 Nov 2026 at 10:00, CIRT <cirt@cirt.example> wrote:\n> old\n> text\n"),
        "Fixed today.");
    EXPECT_EQ(
        own_words("C'est corrigé.\n\nLe lun. 23 nov. 2026 à 10:00, CIRT <cirt@cirt.example> a\nécrit :\n\n> vieux\n"),
        "C'est corrigé.");
    EXPECT_EQ(own_words("Resuelto\n\nEl lun, 23 nov 2026 a las 10:00, CIRT (<cirt@cirt.example>) escribió:\n> viejo"),
              "Resuelto");
    EXPECT_EQ(own_words("Исправлено\n\nпн, 23 нояб. 2026 г. в 10:00, CIRT <cirt@cirt.example>:\n> a\n"), "Исправлено");
    EXPECT_EQ(own_words("Исправлено\n\n23.11.2026 10:00, CIRT пишет:\n> старое\n"), "Исправлено");
    EXPECT_EQ(own_words("تم الإصلاح\n\nفي الاثنين، 23 نوفمبر 2026 كتب CIRT <cirt@cirt.example>:\n> قديم\n"),
              "تم الإصلاح");
    EXPECT_EQ(own_words("نعم\n\n\u202bفي 23 نوفمبر 2026 كتب CIRT:\u202c\u200f\n> قديم\n"), "نعم");
    EXPECT_EQ(own_words("已修复\n\n在 2026年11月23日，CIRT <cirt@cirt.example> 写道：\n> 旧\n"), "已修复");
}

TEST(OwnWords, BelowAndBetweenQuotesStay) {
    EXPECT_EQ(own_words("On 23 Nov 2026, CIRT wrote:\n> is it yours?\nYes.\n> repaired?\nNot yet.\n"),
              "Yes.\nNot yet.");
}

TEST(OwnWords, EndAtOutlooksSeparatorsAndHeaderBlocks) {
    EXPECT_EQ(own_words("Done.\n\n-----Original Message-----\nFrom: CIRT\nrepaired\n"), "Done.");
    EXPECT_EQ(own_words("Fait.\n\n-----Message d'origine-----\nDe : CIRT\n"), "Fait.");
    EXPECT_EQ(own_words("Done.\n\n________________________________\nFrom: CIRT\n"), "Done.");
    EXPECT_EQ(own_words("Vu.\n\nDe : CIRT\nEnvoyé : lundi\nÀ : NOC\nObjet : constats\n\nvieux\n"), "Vu.");
    EXPECT_EQ(own_words("收到\n\n发件人: CIRT\n发送时间: 2026\n收件人: NOC\n主题: x\n"), "收到");
    EXPECT_EQ(own_words("نعم\n\nمن: CIRT\nتم الإرسال: الاثنين\nإلى: NOC\nالموضوع: x\n"), "نعم");
    EXPECT_EQ(own_words("From: the office we saw it\nand more"), "From: the office we saw it\nand more");
}

TEST(OwnWords, HaveNoSignature) {
    EXPECT_EQ(own_words("Repaired.\n-- \nAda\nNorthern Power\n"), "Repaired.");
    EXPECT_EQ(own_words("Repaired.\n\nSent from my iPhone\n"), "Repaired.");
    EXPECT_EQ(own_words("Réparé.\nEnvoyé de mon iPhone"), "Réparé.");
}

TEST(OwnWords, OfAPageAreWhatStandsOutsideItsQuotes) {
    EXPECT_EQ(own_words_of_html(
                  "<p>Fixed <b>now</b></p><div class=\"gmail_quote\">On ... <blockquote>old</blockquote></div>"),
              "Fixed now");
    EXPECT_EQ(own_words_of_html("<p>above</p><blockquote>old <blockquote>older</blockquote></blockquote><p>below</p>"),
              "above\nbelow");
    EXPECT_EQ(own_words_of_html("<div>ok</div><hr><div id=\"divRplyFwdMsg\">From: x</div><p>old</p>"), "ok");
    EXPECT_EQ(own_words_of_html("<p>a</p><blockquote>never closed"), "a");
}

TEST(Keyword, StandsAloneOnALineInAnyOfSixLanguages) {
    auto const said = [](std::string_view text) {
        auto const found = keyword_in(text);
        return found ? std::string(name_of(found->said)) + (found->is_all ? "" : "+") : std::string();
    };
    EXPECT_EQ(said("Repaired."), "repaired");
    EXPECT_EQ(said("RÉPARÉ !"), "repaired");
    EXPECT_EQ(said("répare"), "repaired");
    EXPECT_EQ(said("ИСПРАВЛЕНО"), "repaired");
    EXPECT_EQ(said("تم الإصلاح"), "repaired");
    EXPECT_EQ(said("تم الاصلاح."), "repaired");
    EXPECT_EQ(said("已修复。"), "repaired");
    EXPECT_EQ(said("No es nuestro"), "not_ours");
    EXPECT_EQ(said("faux positif"), "false_positive");
    EXPECT_EQ(said("Dear all,\n\nnot ours\n\nregards"), "not_ours+");
    EXPECT_EQ(said("It is not repaired"), "");
    EXPECT_EQ(said("We have repaired it"), "");
    EXPECT_EQ(said("repaired\nnot ours"), "");
    EXPECT_EQ(said(""), "");
}

TEST(Automatic, AnswersAreToldFromPeoples) {
    auto const mail = [](std::string head, std::string subject = "Re: findings") {
        formats::mail::IncomingMail made;
        auto const colon = head.find(':');
        if (colon != std::string::npos) made.headers.push_back({head.substr(0, colon), head.substr(colon + 1)});
        made.subject = std::move(subject);
        return made;
    };
    EXPECT_FALSE(is_automatic(mail("")));
    EXPECT_FALSE(is_automatic(mail("auto-submitted:no")));
    EXPECT_TRUE(is_automatic(mail("auto-submitted:auto-replied; owner-email=x")));
    EXPECT_TRUE(is_automatic(mail("precedence:Auto_Reply")));
    EXPECT_TRUE(is_automatic(mail("x-autoreply:yes")));
    EXPECT_TRUE(is_automatic(mail("return-path:<>")));
    for (auto const* const subject :
         {"Automatic reply: findings", "Réponse automatique : constats", "Respuesta automática: x",
          "Автоматический ответ: x", "رد تلقائي: x", "自动回复: x", "Out of Office: x"})
        EXPECT_TRUE(is_automatic(mail("", subject))) << subject;
    EXPECT_FALSE(is_automatic(mail("", "Re: automatic updates are on now")));
}

}  // namespace
}  // namespace tocsin::notifications
