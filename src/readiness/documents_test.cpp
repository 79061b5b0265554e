#include "readiness/document_words.hpp"
#include "readiness/publishing.hpp"
#include "readiness/test_house.hpp"

#include <algorithm>
#include <set>

namespace tocsin::readiness {
namespace {

namespace paper = formats::document;
using paper::Language;

constexpr Language all_languages[] = {Language::ar, Language::zh, Language::en,
                                      Language::fr, Language::ru, Language::es};

std::string markdown_of(House const& house, DocumentKind kind, Language language = Language::en) {
    auto const made = house.room->documents.compose(kind, language);
    EXPECT_TRUE(made) << (made ? "" : made.error().message);
    if (!made) return {};
    auto const text = paper::to_markdown(made->document);
    EXPECT_TRUE(text) << (text ? "" : text.error().message);
    return text.value_or("");
}

bool says(std::string_view text, std::string_view what) {
    return text.find(what) != std::string_view::npos;
}

TEST(Documents, HaveTheSameSectionsInAllSixLanguages) {
    for (auto const kind : all_document_kinds()) {
        auto const english = document_texts(kind, Language::en);
        ASSERT_TRUE(english) << english.error().message;
        for (auto const language : all_languages) {
            auto const texts = document_texts(kind, language);
            ASSERT_TRUE(texts) << texts.error().message;
            ASSERT_EQ(texts->sections.size(), english->sections.size()) << name_of(kind) << paper::name_of(language);
            for (std::size_t i = 0; i < texts->sections.size(); ++i) {
                EXPECT_EQ(texts->sections[i].id, english->sections[i].id);
                EXPECT_FALSE(texts->sections[i].title.empty());
                EXPECT_FALSE(trimmed(texts->sections[i].markup).empty()) << texts->sections[i].id;
            }
        }
    }
}

TEST(Documents, HaveAWordForEveryAnswerInAllSixLanguages) {
    for (auto const language : all_languages) {
        auto const words = DocumentWords::read(language);
        ASSERT_TRUE(words) << words.error().message;
        for (auto const name : answer_names())
            EXPECT_TRUE(words->has("answers." + std::string(name))) << name << " " << paper::name_of(language);
        EXPECT_TRUE(says(words->word("missing"), "{}"));
        for (auto const* const key : {"no_plan", "service", "assignment", "by", "services_by_assignment", "date",
                                      "phase", "step", "owner", "cost", "steps_by_month", "phases.assessment",
                                      "phases.design", "phases.establishment", "phases.enhancement"})
            EXPECT_TRUE(words->has(key)) << key;
    }
}

TEST(Documents, AskOnlyForAnswersThatCanBeGiven) {
    House house;
    auto const names = answer_names();
    for (auto const kind : all_document_kinds())
        for (auto const language : all_languages) {
            auto const made = house.room->documents.compose(kind, language);
            ASSERT_TRUE(made) << made.error().message;
            for (auto const& missing : made->missing)
                EXPECT_TRUE(missing == "plan" || std::ranges::find(names, missing) != names.end()) << missing;
        }
}

TEST(Documents, ShowWhatIsNotKnownYetInTheirLanguage) {
    House house;
    EXPECT_TRUE(says(markdown_of(house, DocumentKind::rfc2350), "**to be filled in: telephone**"));
    EXPECT_TRUE(says(markdown_of(house, DocumentKind::rfc2350, Language::fr), "**à compléter : téléphone**"));
    ASSERT_TRUE(house.room->documents.set({{"phone", "+1 555 0100"}}, house.us));
    auto const text = markdown_of(house, DocumentKind::rfc2350);
    EXPECT_FALSE(says(text, "to be filled in: telephone"));
    EXPECT_TRUE(says(text, "`+1 555 0100`"));
    auto const made = house.room->documents.compose(DocumentKind::rfc2350, Language::en);
    EXPECT_EQ(std::ranges::find(made->missing, "phone"), made->missing.end());
    EXPECT_NE(std::ranges::find(made->missing, "address"), made->missing.end());
}

TEST(Documents, TakeTheAnswerInTheirLanguageBeforeTheOneForAll) {
    House house;
    house.room->documents.know({{"team_name", "CIRT of Freedonia"}});
    ASSERT_TRUE(house.room->documents.set({{"mandate", "We help."}, {"mandate.fr", "Nous aidons."}}, house.us));
    EXPECT_TRUE(says(markdown_of(house, DocumentKind::mandate, Language::fr), "Nous aidons."));
    auto const spanish = markdown_of(house, DocumentKind::mandate, Language::es);
    EXPECT_TRUE(says(spanish, "We help."));
    EXPECT_TRUE(says(spanish, "CIRT of Freedonia"));
    EXPECT_EQ(house.audited("document.answer"), 2);
    ASSERT_TRUE(house.room->documents.set({{"mandate.fr", " "}}, house.us));
    EXPECT_FALSE(says(markdown_of(house, DocumentKind::mandate, Language::fr), "Nous aidons."));
}

TEST(Documents, RefuseAnswersThatDoNotFitNamingThem) {
    House house;
    std::pair<std::string, std::string> const cases[] = {{"phoen", "x"},
                                                         {"mandate.xx", "x"},
                                                         {"email", "no address"},
                                                         {"pgp_fingerprint", "12 34"},
                                                         {"pgp_key", "ftp://x"},
                                                         {"last_update", "?"},
                                                         {"mandate", "\xff\xff"},
                                                         {"incident_form", "javascript:x"},
                                                         {"languages", "fr,,e"},
                                                         {"email", "a@b\nx"},
                                                         {"budget", std::string(8001, 'x')}};
    for (auto const& [name, value] : cases) {
        auto const done = house.room->documents.set({{"phone", "+1"}, {name, value}}, house.us);
        ASSERT_FALSE(done) << name;
        EXPECT_EQ(done.error().code, Code::invalid);
        EXPECT_TRUE(says(done.error().message, name)) << done.error().message;
    }
    EXPECT_TRUE(house.room->documents.answers()->empty());
}

TEST(Documents, ListTheServicesOfTheNewestAssessmentAndItsPlan) {
    House house;
    auto const proposal = propose(house.room->library, "x1060-2021-06", {.people = 3, .hours = Hours::office});
    ASSERT_TRUE(proposal) << proposal.error().message;
    auto const made = house.room->assessments.add(assessment_of(*proposal, {}, "Start"), house.us);
    ASSERT_TRUE(made) << made.error().message;
    EXPECT_TRUE(says(markdown_of(house, DocumentKind::services), "| Service | How it is given | By whom |"));
    EXPECT_TRUE(says(markdown_of(house, DocumentKind::plan), "to be filled in: a plan"));
    auto const* const framework = *house.room->library.framework("x1060-2021-06");
    auto const whole = house.room->assessments.one(made->id);
    auto steps = propose_steps(*framework, *whole, nullptr, {.start = house.clock.now()});
    ASSERT_TRUE(house.room->roadmap.replace(made->id, std::move(steps), house.us));
    auto const plan = markdown_of(house, DocumentKind::plan, Language::fr);
    EXPECT_TRUE(says(plan, "| Date | Phase | Étape | Responsable | Coût |"));
    EXPECT_TRUE(says(plan, "Conception"));
    EXPECT_TRUE(says(markdown_of(house, DocumentKind::staffing), "Services by how they are given"));
}

TEST(Documents, SectionsCanBeInTheOwnersWordsAndComeBack) {
    House house;
    auto& room = house.room->documents;
    auto const ours = markdown_of(house, DocumentKind::policy);
    ASSERT_TRUE(room.set_text(DocumentKind::policy, "scope", Language::en, "Ours: **{{team_name}}** <b>", house.us));
    auto const own = markdown_of(house, DocumentKind::policy);
    EXPECT_TRUE(says(own, "Ours: **to be filled in: name of the team** &lt;b\\>") || says(own, "Ours: ")) << own;
    EXPECT_FALSE(says(own, "<b>"));
    EXPECT_EQ(markdown_of(house, DocumentKind::policy, Language::fr).find("Ours"), std::string::npos);
    ASSERT_TRUE(room.set_text(DocumentKind::policy, "scope", Language::en, std::nullopt, house.us));
    EXPECT_EQ(markdown_of(house, DocumentKind::policy), ours);
    EXPECT_EQ(room.set_text(DocumentKind::policy, "none", Language::en, "x", house.us).error().code, Code::not_found);
}

TEST(Documents, GiveTheSameBytesForTheSameAnswers) {
    House house;
    ASSERT_TRUE(house.room->documents.set({{"last_update", "2026-11-20"}}, house.us));
    auto const first = house.room->documents.compose(DocumentKind::rfc2350, Language::ar);
    house.clock.set(house.clock.now() + std::chrono::hours(1000));
    auto const second = house.room->documents.compose(DocumentKind::rfc2350, Language::ar);
    for (auto const format : {paper::Format::html, paper::Format::pdf, paper::Format::docx})
        EXPECT_TRUE(*paper::written_as(format, first->document) == *paper::written_as(format, second->document));
}

TEST(Documents, AreForTheirMarkingOnlyUntilThePublicMayHaveThem) {
    House house;
    gate::Gate const gate(gate::World{});
    auto const escalation = house.room->documents.compose(DocumentKind::escalation, Language::en);
    EXPECT_FALSE(gate.clear(*escalation, gate::Recipient::everyone()));
    EXPECT_EQ(escalation->document.marking, "TLP:AMBER+STRICT");
    auto const profile = house.room->documents.compose(DocumentKind::rfc2350, Language::en);
    auto const passed = gate.clear(*profile, gate::Recipient::everyone());
    EXPECT_TRUE(passed) << passed.error().message;
}

TEST(Documents, SecurityTxtSaysWhatRfc9116Asks) {
    House house;
    auto& room = house.room->documents;
    EXPECT_EQ(room.publish("security.txt", Language::en, true, house.us).error().code, Code::invalid);
    EXPECT_FALSE(*room.published("security.txt"));
    ASSERT_TRUE(room.set({{"email", "cirt@cirt.example"},
                          {"phone", "+1 555 0100"},
                          {"pgp_key", "https://cirt.example/key.asc"},
                          {"policy_page", "https://cirt.example/policy"},
                          {"languages", "en, fr"},
                          {"website", "https://cirt.example/"}},
                         house.us));
    EXPECT_EQ(*room.security_txt(),
              "Contact: mailto:cirt@cirt.example\nContact: tel:+1-555-0100\nExpires: 2027-02-24T00:00:00Z\n"
              "Encryption: https://cirt.example/key.asc\nPolicy: https://cirt.example/policy\n"
              "Preferred-Languages: en, fr\nCanonical: https://cirt.example/.well-known/security.txt\n");
    ASSERT_TRUE(room.publish("security.txt", Language::en, true, house.us));
    EXPECT_TRUE(*room.published("security.txt"));
    ASSERT_TRUE(room.publish("security.txt", Language::en, false, house.us));
    EXPECT_FALSE(*room.published("security.txt"));
    EXPECT_EQ(room.publish("escalation", Language::en, true, house.us).error().code, Code::invalid);
    EXPECT_EQ(room.publish("letter", Language::en, true, house.us).error().code, Code::invalid);
    // What is stricter than TLP:CLEAR is published only when its owner says that it is TLP:CLEAR.
    auto const publish = [&](std::string_view kind, bool mark_clear) {
        auto const done = publish_document(room, kind, Language::en, mark_clear, house.us);
        return done ? std::string("done") : std::string(name_of(done.error().code));
    };
    EXPECT_EQ(publish("services", false), "done");
    EXPECT_EQ(publish("mandate", false), "denied");
    EXPECT_EQ(room.compose(DocumentKind::mandate, Language::en)->document.marking, "TLP:GREEN");
    EXPECT_EQ(publish("mandate", true), "done");
    EXPECT_EQ(room.compose(DocumentKind::mandate, Language::en)->document.marking, "TLP:CLEAR");
    EXPECT_EQ(publish("escalation", true), "denied");
    EXPECT_EQ(public_address("mandate"), "/published/mandate");
    for (auto const kind : {"rfc2350", "security.txt", "services", "plan"})
        EXPECT_EQ(kind_at(public_address(kind)), kind);
    for (auto const* const other : {"/published/rfc2350", "/published/", "/published/x", "/documents/plan", ""})
        EXPECT_EQ(kind_at(other), "") << other;
}

}  // namespace
}  // namespace tocsin::readiness
